"""Labels of the code in, the Chinese words of the interface out: one word for one thing, everywhere."""

from collections.abc import Mapping, Sequence

from minsheng.corrections import EDITED, WITHDRAWN
from minsheng.domain import (
    UNSURE,
    AlertState,
    Claim,
    ClaimBound,
    ClaimKind,
    ClaimStatus,
    Kind,
    LabelledPost,
    PhaseName,
    Prevalence,
    Project,
    Sentiment,
    Verdict,
)

KINDS: Mapping[str, str] = {Kind.OFFICIAL: "官方发布", Kind.PUBLIC: "评论"}

SENTIMENTS: Mapping[str, str] = {Sentiment.NEGATIVE: "负面", Sentiment.NEUTRAL: "中性", Sentiment.POSITIVE: "正面"}

ATTITUDES: Mapping[str, str] = {**SENTIMENTS, UNSURE: "拿不准"}

TOPICS: Mapping[str, str] = {
    "urban": "城乡建设",
    "environment": "环境保护",
    "transport": "交通运输",
    "education": "教育文体",
    "labour": "劳动和社会保障",
    "commerce": "商贸旅游",
    "health": "卫生计生",
    "other": "其他",
}

ASPECTS: Mapping[str, str] = {
    "quality": "工程质量",
    "safety": "安全",
    "environment": "噪声与环境",
    "progress": "工期进度",
    "cost": "费用补偿",
    "process": "程序公开",
    "service": "办事服务",
    "traffic": "交通出行",
    "utilities": "水电气网",
    "facilities": "公共设施",
    "education": "教育",
    "health": "医疗卫生",
    "housing": "住房产权",
    "other": "其他",
}

INTENTS: Mapping[str, str] = {
    "complaint": "投诉反映",
    "request": "求助请求",
    "question": "咨询提问",
    "suggestion": "建议",
    "praise": "表扬感谢",
    "opinion": "发表看法",
    "news": "转发消息",
}

VERDICTS: Mapping[str, str] = {
    Verdict.DIVERGES: "偏离",
    Verdict.TENSION: "有张力",
    Verdict.COMPATIBLE: "相符",
    Verdict.NOT_ASSESSABLE: "无法判断",
}

WATCH = "关注"
"""Said beside a verdict while the daily watch of a claim is past its lower threshold."""

TOO_FEW = "样本不足"
"""Said instead of a verdict when there are not enough comments."""

PHASES: Mapping[str, str] = {
    PhaseName.CONSULTATION: "征求意见",
    PhaseName.CONSTRUCTION: "实施",
    PhaseName.COMPLETION: "建成",
    PhaseName.EVALUATION: "评价",
}

CLAIM_KINDS: Mapping[str, str] = {
    ClaimKind.SATISFACTION: "满意度",
    ClaimKind.COMPLETION: "完成情况",
    ClaimKind.REPLY_RATE: "回复率",
    ClaimKind.RESOLUTION: "办结率",
    ClaimKind.QUALITY: "质量达标",
    ClaimKind.POLARITY: "群众评价",
}

CLAIM_STATUSES: Mapping[str, str] = {ClaimStatus.LEVEL: "现状", ClaimStatus.DELTA: "变化", ClaimStatus.GOAL: "目标"}

CLAIM_BOUNDS: Mapping[str, str] = {
    ClaimBound.EXACT: "{}",
    ClaimBound.OVER: "{} 以上",
    ClaimBound.ABOUT: "约 {}",
    ClaimBound.UNDER: "不到 {}",
}

ENTRY_STATES: Mapping[str, str] = {
    "proposed": "提案",
    "accepted": "已接受",
    "rejected": "未采用",
    "withdrawn": "已撤回",
    "superseded": "已被取代",
}
"""The life of a claim in the ledger."""

RULES: Mapping[str, str] = {
    "divergence": "偏离",
    "surge": "突增",
    "silence": "沉寂",
    "unanswered": "无人回应",
    "standards_gap": "标准偏差",
    "focus_gap": "关注偏差",
    "posture_gap": "身份偏差",
}

OUTCOMES: Mapping[str, str] = {
    "ok": "正常",
    "empty": "无内容",
    "fewer": "少于预期",
    "changed": "页面改版",
    "refused": "不允许读取",
    "failed": "读取失败",
}

HEALTH: Mapping[str, str] = {
    "ok": "正常",
    "empty": "无内容",
    "fewer": "少于预期",
    "blocked": "不允许读取",
    "changed": "页面改版",
    "failing": "读取失败",
}
"""The states of a source."""

ALERT_STATES: Mapping[str, str] = {
    AlertState.OPEN: "新提示",
    AlertState.ONGOING: "持续",
    AlertState.CLOSED: "已解除",
}

MAIL_STATES: Mapping[str, str] = {
    "waiting": "待发",
    "sending": "正在发",
    "sent": "已发",
    "refused": "被拒收",
    "gave_up": "已放弃",
    "bounced": "被退回",
}

MAIL_ATTEMPTS: Mapping[str, str] = {
    "sent": "已发",
    "partly": "部分已发",
    "failed": "未成",
    "refused": "被拒收",
    "gave_up": "已放弃",
    "interrupted": "中断",
    "again": "人工重发",
    "delayed": "延迟",
    "bounced": "被退回",
}
"""What came of one try to deliver a mail."""

BRIEFING_KINDS: Mapping[str, str] = {"daily": "日报", "weekly": "周报", "monthly": "月报", "special": "专报"}


def claimed(claim: Claim) -> str:
    """Return the number of a claim as it is meant: 98.5%, 约 90%, 95% 以上, for a change +5.2%; empty without one."""
    if claim.value is None:
        return ""
    share = f"{round(claim.value * 100, 2):{'+' if claim.status is ClaimStatus.DELTA else ''}g}%"
    return CLAIM_BOUNDS[claim.bound].format(share)


def beside(shares: Prevalence) -> str:
    """Say what stands beside a share: sources weighed alike, each of them left out, what peers add, whose errors."""
    parts = []
    if shares.equal_sources is not None:
        parts.append(f"各来源等权时负面占 {shares.equal_sources:.0%}")
    if shares.without_source_low is not None and shares.without_source_high is not None:
        span = f"{shares.without_source_low:.0%}–{shares.without_source_high:.0%}"
        parts.append(f"逐一去掉一个来源后为 {span}")
    if shares.peer_comments:
        parts.append(f"区间中计入同类项目折合的 {shares.peer_comments:.0f} 条评论")
    if shares.calibration:
        parts.append(f"误差校准 {shares.calibration}")
    return "；".join(parts)


LABEL_FIELDS: Mapping[str, str] = {
    "sentiment": "情感",
    "topic": "主题",
    "aspect": "方面",
    "intent": "意图",
    "project": "项目",
}
"""What a reading says of a post and a person may correct."""

EDITED_SINCE = "更正后原文已改"
NOT_READ, NO_PROJECT = "未判读", "未归入项目"

CORRECTION_MARKS: Mapping[str, str] = {**LABEL_FIELDS, WITHDRAWN: "已撤回", EDITED: "原文已改"}

_VALUES: Mapping[str, Mapping[str, str]] = {
    "sentiment": ATTITUDES,
    "topic": TOPICS,
    "aspect": ASPECTS,
    "intent": INTENTS,
}


def corrected(labelled: LabelledPost, projects: Mapping[str, Project]) -> str:
    """Return the words for what a person has corrected, with what the model had read; empty where nothing is."""
    label, read = labelled.label, labelled.read
    parts = [f"{LABEL_FIELDS[name]}（模型：{said(name, read.of(name), projects)}）" for name in label.corrected]
    return "、".join(parts) + (f"；{EDITED_SINCE}" if EDITED in label.marks else "")


def said(field: str, values: Sequence[str], projects: Mapping[str, Project]) -> str:
    """Return the words for what stands in a field of a label."""
    if field == "project":
        return "、".join(projects[id_].name if id_ in projects else id_ for id_ in values) or NO_PROJECT
    return "、".join(_VALUES[field].get(value, value) for value in values if value) or NOT_READ
