"""Made-up people: names as they are met in Longgang, and mobile numbers that nobody has."""

from dataclasses import dataclass
from random import Random
from typing import Literal

Gender = Literal["male", "female"]

_SURNAMES = (
    "陈黄李林张刘王吴杨周叶钟曾罗谢何邓彭廖郑梁朱徐胡孙马郭高萧曹袁许韩冯唐董于程蔡潘"
    "余戴魏薛汪田范方石姚邹熊陆孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_DOUBLE_SURNAMES = ("欧阳", "司徒", "上官", "诸葛")
_GIVEN_NAMES: dict[Gender, str] = {
    "male": (
        "建华 志强 文博 俊杰 国栋 海涛 伟明 晓东 永康 立新 家豪 子轩 浩然 志远 振宇 德胜 广平 启明 少峰 锦辉 "
        "伟 强 磊 军 勇 杰 涛 斌 鹏 波 辉 刚 健 明 亮 毅 俊 峰 超 凯 嘉乐 天佑 宇航 泽民 世昌 兆基 炳坤 润生"
    ),
    "female": (
        "秀英 丽华 晓燕 雅婷 思琪 雨桐 佳怡 慧敏 玉兰 春梅 静怡 梦洁 婉清 若曦 诗涵 美玲 淑贞 巧云 惠珍 少芳 "
        "芳 娜 敏 静 丽 艳 娟 霞 玲 燕 洁 莉 萍 红 颖 雪 梅 琳 婷 欣 海伦 嘉欣 子晴 可儿 凤仪 月娥 锦绣 彩霞"
    ),
}
_GIVEN = {gender: names.split() for gender, names in _GIVEN_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Name:
    """A Chinese name, surname first."""

    family: str
    given: str
    gender: Gender

    @property
    def full(self) -> str:
        return self.family + self.given


def name(rng: Random, gender: Gender | None = None) -> Name:
    """A name; the more usual surnames of the south come oftener."""
    chosen: Gender = gender or ("female" if rng.random() < 0.5 else "male")
    if rng.random() < 0.01:
        family = rng.choice(_DOUBLE_SURNAMES)
    else:
        family = _SURNAMES[int(len(_SURNAMES) * rng.random() ** 1.8)]
    return Name(family, rng.choice(_GIVEN[chosen]), chosen)


def mobile(rng: Random) -> str:
    """A mobile number in the 1300000xxxx block, which is given to no one."""
    return f"1300000{rng.randrange(10_000):04d}"
