"""Words behind which a private person is named: labels of forms, and what people call one another.

Words of offices (局长, 书记, 主任) are in none of these lists: their names stay. Where a word is both (队长, 组长), it
is left out.
"""

import re

Tree = dict[str, "Tree"]

_ASKER = (
    "联系人 投诉人 举报人 申请人 当事人 被投诉人 被举报人 反映人 来电人 信访人 申诉人 诉求人 报案人 来访人 求助人 "
    "留言人 建议人 提议人 来信人 写信人 报修人 实名举报人 紧急联系人 被害人 受害人 求职人 当事人姓名"
)
_HOLDER = (
    "姓名 户主 收件人 收货人 法定代表人 法人代表 法定代理人 法人 负责人 经办人 房东 车主 开户名 户名 签名 落款 署名 "
    "持卡人 产权人 承租人 受益人 监护人 患者 原告 被告 被告人 持证人 开户人 联络人"
)
_SIGNER = (
    "来信 请求 报告 具报 控告 被控告 代表 问政 签名 责任 发件 寄件 承办 债务 债权 委托 代理 "
    "检举 提交 写信 残疾 参保 病 陈述 咨询 上访 买受 出卖 出租 承租 借款 担保 受害 权利 继承 "
    "发帖 控制 实控 建房 拆迁 当事 申办 缴费 收款 汇款 借用 租赁 举证 证明 见证 提议 代办 "
    "报料 受助 被扶养 赡养 抚养 投保 被保险 领取 领款 签收 付款 转账 办理 申领 受理 申报 购房 "
    "卖房 买房 租房 用电 用水 报名 监护 陪护 介绍 推荐 知情 爆料 目击 接送 诉讼 上诉 被上诉 "
    "被执行 申请执行 犯罪嫌疑"
)
_KIN = (
    "儿子 女儿 丈夫 妻子 老公 老婆 父亲 母亲 爸爸 妈妈 爷爷 奶奶 外公 外婆 姥姥 姥爷 爱人 "
    "老伴 岳父 岳母 公公 婆婆 前夫 前妻 男友 女友 哥哥 弟弟 姐姐 妹妹 叔叔 伯伯 舅舅 姑姑 "
    "姨妈 侄子 侄女 外甥 孙子 孙女 外孙 儿媳 女婿 媳妇 孩子 小孩 嫂子 姐夫 堂弟 堂哥 表弟 "
    "表哥 表姐 表妹 大伯 二叔 三叔 弟媳 弟妹 妹夫 妯娌 连襟 小舅子 大舅子 大舅 二舅 三舅 小舅 "
    "小姨 小姨子 大姨 二姨 大姑 二姑 小姑 姑父 姑妈 姑母 姨父 姨夫 姨母 舅妈 舅母 伯父 伯母 "
    "大妈 婶婶 婶子 叔父 四叔 小叔 堂兄 堂姐 堂妹 堂叔 表叔 表舅 祖父 祖母 继父 继母 养父 "
    "养母 养子 养女 继子 继女 干妈 干爹 长子 次子 长女 次女 独子 独女 侄孙 侄儿 外甥女 重孙 "
    "亲家 未婚妻 未婚夫 对象 配偶 先夫 亡夫 亡妻 大哥 二哥 大姐 二姐 小妹 小弟 娃娃 闺女 "
    "丫头 老爸 老妈 婆母"
)
_WORKER = (
    "工头 老总 老板 店主 店长 摊主 摊贩 商户 商贩 小贩 个体户 保洁 保洁员 环卫工 保姆 护工 "
    "月嫂 工人 工友 民工 装修工 电工 木工 瓦工 焊工 司机 骑手 外卖员 快递员 教练 网格员 保安 "
    "门卫 中介 经纪人 业务员 销售员 班主任 辅导员 幼师 家教 保育员 乡医 村医 校医 药师 医师 "
    "护士长 护理员 司炉 车夫 船主 渔民 牧民 果农 茶农 花农 瓜农 粮农 蜂农 店员 服务员 营业员 "
    "导购 导购员 理发师 美容师 厨师 厨子 面点师 维修工 维修师傅 管道工 油漆工 钢筋工 "
    "架子工 驾驶员 乘务员 检票员 安检员 绿化工 清洁工 清洁员 保洁阿姨 管家 楼管 宿管 物管 水管员 "
    "抄表员 施工员 监理 施工队长 承包商 承包人 分包商 供货商 厂长 厂主 矿主 老板娘 置业顾问 "
    "销售经理 业务经理 客户经理 信贷员 催收员 志愿者 义工 社工 收废品的 卖菜的 开锁师傅 搬家师傅 "
    "修车师傅 物业经理 项目经理 老师 医生 护士 会计 出纳 收银员 售票员 楼长 楼栋长 业委会主任 "
    "开发商代表 房主"
)
_PERSON = (
    "村霸 恶霸 老头 老太太 老太 大爷 大妈 邻居 对门 村民 居民 业主 市民 群众 住户 租户 租客 "
    "房客 嫌疑人 嫌犯 骗子 老赖 男子 女子 肇事者 凶手 小偷 受害人 受害者 死者 逝者 伤者 伤员 "
    "病人 学生 同学 校友 室友 舍友 拆迁户 贫困户 低保户 五保户 困难户 老人 老汉 老兵 残疾人 "
    "同事 朋友 举报 家长 乘客 旅客 顾客 消费者 客户 用户 会员 证人 员工 职工 楼上 楼下 隔壁 "
    "楼上的 楼下的 隔壁的 楼上人家 社员 农户 蛋农 菜农 果农 养殖户 种植户 钉子户 户主 求职者 "
    "考生 新生 目击者 被害人 遇难者 遇害者 失踪者 轻生者 溺水者 行人 路人 买家 卖家 房主 "
    "业主代表 村民代表 居民代表 家长代表 职工代表 商户代表 退役军人 退伍军人 退伍兵 转业军人 "
    "复员军人 伤残军人 农民 教师 研究生 初中生 高中生 毕业生 实习生 女生 男生 男童 女童 "
    "儿童 婴儿 产妇 孕妇 患儿 病患 盲人 聋哑人 智障人士 流浪汉 老党员 老农 老伯 老大娘 婆婆 "
    "种粮大户 养殖大户 承包户 低保人员 特困人员 脱贫户 监测户 孤儿 刑满释放人员 肇事人 逃逸者 "
    "无业人员 主播 网红 队友 战友 老乡 亲戚 闺蜜 合伙人 股东 同伙 失主 车夫 园长 包租婆 丈母娘 老丈人 公爹"
)

LABELS = tuple(dict.fromkeys(f"{_ASKER} {_HOLDER} {' '.join(word + '人' for word in _SIGNER.split())}".split()))
"""Labels of forms: 联系人：, 姓名：, 户主：. A name behind one and a colon needs least."""
PLAIN_LABELS = tuple(f"{_ASKER} {_HOLDER}".split())
"""Those behind which a name also stands without a colon."""
_OFFICES_TOO = frozenset({"法人", "负责人", "落款", "签名", "署名", "经办人"})
_OPEN = "证人 证明人 见证人 目击者 业主代表 村民代表 居民代表 家长代表 收款人 领款人"
OPEN_LABELS = tuple(word for word in f"{_ASKER} {_HOLDER} {_OPEN}".split() if word not in _OFFICES_TOO)
"""Those that only a person fills: what stands there alone is a name, whatever its first letter."""
PERSONS = tuple(dict.fromkeys(f"{_KIN} {_WORKER} {_PERSON} {_ASKER} {_HOLDER}".split()))
"""Words right before a name."""
NEAR_KIN = "爸|妈|爹|娘|哥|弟|姐|妹|叔|伯|舅|姑|姨|爷|奶|儿|女|嫂|婶|侄|孙"
"""Short words for relatives, behind 我, 他, 她 or 其."""

NOBODY = (
    r"(?:物业.*|匿名|保密|同上|同前|不详|不便|未知|本人|自己|业主|居民|市民|村民|群众|无名|暂无|空白|未填|见附件|详见|网友|物业|窗口|前台|客服|值班|财务|法人|代办"
    r"|.*(?:[部会局处科室所站队司厂店行校院委办员组署庭社班团]|中心|物业|公司|单位|街道|小学|中学|大学|银行|集团|客服|窗口|电话|手机|号码|地址|大厅|热线|平台|系统|如下|以上|年龄|性别))"
)
"""What forms hold in place of a name: nobody, or an office."""


def any_of(words: tuple[str, ...]) -> str:
    """Return a pattern of these words, longest first, that looks at each letter of the text once."""
    tree: Tree = {}
    for word in words:
        branch = tree
        for letter in word:
            branch = branch.setdefault(letter, {})
        branch[""] = {}
    return _branches(tree)


def last_letters(words: tuple[str, ...]) -> str:
    """Return the letters with which the words end."""
    return "".join(sorted({word[-1] for word in words}))


def _branches(tree: "Tree") -> str:
    ways = [re.escape(letter) + _branches(rest) for letter, rest in tree.items() if letter]
    if not ways:
        return ""
    return rf"(?:{'|'.join(ways)}){'?' if '' in tree else ''}"
