"""A text in, its plain form (half width, lower case, simplified key words) and the way back to its places out."""

import re
from dataclasses import dataclass

from crawlers.masking.rules import FILL, KINDS

# Letters that are written inside numbers and mean nothing: zero-width ones, the frame of keycap digits.
_UNSEEN = "\u200b\u200c\u2060\ufeff\ufe0e\ufe0f\u20e3\u00ad"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63"
_DOTS = "•∙‧・⋅●"
# Pairs, traditional then simplified; only letters that stand in the rules: key words, provinces, surnames.
_TRADITIONAL = (
    "電电話话機机聯联繫系號号證证護护銀银車车郵邮門门樓楼棟栋單单戶户區区園园鄉乡鎮镇陽阳灣湾莊庄蘇苏遼辽"
    "雲云魯鲁晉晋滬沪贛赣閩闽貴贵陝陕寧宁瓊琼張张劉刘陳陈楊杨趙赵黃黄吳吴孫孙馬马羅罗鄭郑謝谢許许鄧邓馮冯"
    "葉叶蔣蒋賈贾韋韦閻阎鐘钟鍾钟盧卢範范譚谭鄒邹陸陆龍龙萬万錢钱湯汤賴赖龐庞顏颜嚴严賀贺顧顾龔龚諸诸歐欧"
    "師师業业鄰邻東东為为聲声發发覆复訴诉報报請请當当經经隊队長长際际衛卫軍军國国華华偉伟強强剛刚蘭兰鳳凤"
    "麗丽紅红傑杰濤涛勝胜鵬鹏輝辉寶宝貞贞蓮莲愛爱親亲該该爺爷媽妈兒儿個个們们這这來来時时沒没說说講讲過过"
    "還还開开關关會会員员頭头粵粤處处廠厂廳厅裡里裏里務务産产產产繳缴誠诚賓宾蕭萧呂吕鄔邬慶庆義义榮荣銘铭"
    "嬌娇潔洁靜静瑩莹穎颖嵐岚齊齐憲宪澤泽濟济權权壽寿曉晓豔艳艷艳詩诗鴻鸿鐵铁樹树橋桥勁劲亞亚倫伦儀仪億亿"
    "優优凱凯則则勞劳啟启啓启堯尧婁娄學学實实憶忆戰战揚扬暉晖曄晔書书樂乐樺桦歡欢滿满漢汉瀟潇煒炜爾尔獻献"
    "瑤瑶瓏珑畢毕碩硕禎祯禮礼穩稳紀纪純纯紹绍維维綺绮緒绪緣缘縣县縱纵繼继纓缨羣群聰聪肅肃臨临興兴舉举萊莱"
    "蕓芸薩萨虛虚蟲虫詠咏語语諾诺謙谦識识讓让貝贝賢贤賽赛贊赞躍跃軒轩連连進进運运達达遠远遲迟選选邁迈鋒锋"
    "錦锦鎖锁閣阁閒闲雙双韓韩響响項项順顺頌颂頤颐顯显風风飛飞駿骏騰腾驍骁鳴鸣鶴鹤黨党"
)


def _table() -> dict[int, int]:
    table = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    table |= {0x1D7CE + number: 0x30 + number % 10 for number in range(50)}
    table |= {0x2460 + number: 0x31 + number for number in range(9)}
    table |= {ord(letter): 0x20 for letter in "\u3000\u00a0\u2002\u2003\u2009\u202f\t"}
    table |= {ord(letter): 0x2D for letter in _DASHES}
    table |= {ord(letter): ord("·") for letter in _DOTS}
    table |= {0x24EA: 0x30}
    table |= dict.fromkeys(range(0xE000, 0xE000 + len(KINDS)), 0xFFFD)
    table |= {source: (target + 32 if 0x41 <= target <= 0x5A else target) for source, target in table.items()}  # noqa: PLR2004 - A to Z
    table |= {ord(old): ord(new) for old, new in zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)}
    return table | {code: code + 32 for code in range(0x41, 0x5B)}


_FOLD = _table()
_FOLD_HIDDEN = re.compile(f"[{_UNSEEN}]")
_MARKS = re.compile(r"[\[〔](" + "|".join((*(kind.lower() for kind in KINDS), "微信/qq")) + r")[\]〕]")
_KIND = {kind.lower(): kind for kind in KINDS} | {"微信/qq": "微信"}


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; ``places`` (None for one to one) tells where each letter stands in the text as written."""

    text: str
    places: tuple[int, ...] | None

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the text as written; letters dropped inside or right behind it belong to it."""
        return (start, end) if self.places is None else (self.places[start], self.places[end])


def fold(text: str) -> Folded:
    """Return the plain form of a text. Marks become gaps, as if the rules had just found what they stand for."""
    places = None
    if _FOLD_HIDDEN.search(text):
        kept = [place for place, letter in enumerate(text) if letter not in _UNSEEN]
        places = (*kept, len(text))
        text = "".join(text[place] for place in kept)
    plain = text.translate(_FOLD)
    if "[" in plain or "〔" in plain:
        plain = _MARKS.sub(lambda mark: FILL[_KIND[mark[1]]] * len(mark[0]), plain)
    return Folded(plain, places)
