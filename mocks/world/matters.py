"""What a case can be about: matters of GB/T 47678.5-2026, who handles them, how fast, and what people write.

A matter's code has 11 digits: the division (440307, Longgang), the class (大类, 2) and the matter (小类, 3).
"""

from dataclasses import dataclass

DIVISION = "440307"
CLASSES = {
    "01": "市政公用设施",
    "02": "交通设施",
    "03": "市容环卫设施",
    "04": "园林绿化设施",
    "05": "其他管理部件",
    "06": "市容环境",
    "07": "宣传广告",
    "08": "施工管理",
    "09": "街面秩序",
    "10": "其他",
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """A question that goes with a matter; `values` makes it a choice."""

    code: str
    zh: str
    datatype: str
    required: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matter:
    """`agency` may name the sub-district as {街道}; `hours` is the time allowed; `share` its frequency."""

    number: str
    name: str
    description: str
    keywords: tuple[str, ...]
    agency: str
    hours: int
    share: int
    situations: tuple[str, ...]
    attributes: tuple[Attribute, ...] = ()

    @property
    def code(self) -> str:
        return DIVISION + self.number

    @property
    def group(self) -> str:
        return CLASSES[self.number[:2]]


_BUREAU, _OFFICE = "龙岗区城市管理和综合执法局", "{街道}综合行政执法办公室"
_POST = Attribute("LAMP_POST", "灯杆编号", "string")

MATTERS: tuple[Matter, ...] = (
    Matter(
        "01037", "路灯异常", "路灯不亮、闪烁、倾斜或漏电", ("路灯", "照明", "灯杆"),
        _BUREAU, 48, 9,
        ("{路}路口往北约50米有一盏路灯不亮，晚上行人通行不便。", "{路}{号}号门前路灯一直闪烁，影响休息。",
         "{路}人行道旁灯杆倾斜，疑似被车撞过。"),
        (Attribute("FAULT", "故障现象", "singlevaluelist", True, ("不亮", "闪烁", "倾斜", "漏电")), _POST),
    ),
    Matter(
        "01054", "充电桩异常", "公共充电桩无法使用或损坏", ("充电桩", "新能源", "充电"),
        "龙岗区发展和改革局", 72, 4,
        ("{路}停车场两台充电桩扫码后无反应。", "{社区}公共充电桩枪头损坏，无法插入。"),
        (Attribute("PILE_NO", "桩编号", "string"), Attribute("PLUGS", "受影响枪数", "number")),
    ),
    Matter(
        "02001", "停车场异常", "停车场道闸、收费或标识异常", ("停车场", "道闸", "收费"),
        "龙岗区交通运输局", 72, 5,
        ("{路}{号}号停车场出口道闸抬不起来，车辆排队。", "{社区}停车场公示的收费标准与实际收费不一致。"),
        (Attribute("KIND", "异常类型", "singlevaluelist", True, ("道闸", "收费", "标识", "其他")),),
    ),
    Matter(
        "06010", "暴露垃圾", "垃圾未入桶或长时间未清理", ("垃圾", "清扫", "卫生"),
        "{街道}城市建设办公室", 24, 14,
        ("{路}{号}号旁边堆放大量生活垃圾，有异味。", "{社区}后巷垃圾散落一地，两天没有人清理。",
         "{路}绿化带内有装修垃圾。"),
    ),
    Matter(
        "06013", "道路破损", "路面坑洼、沉降或井盖周边破损", ("道路", "坑洼", "路面"),
        "龙岗区交通运输局", 120, 9,
        ("{路}机动车道有一个直径约40厘米的坑，电动车容易摔倒。", "{路}{号}号前路面沉降，雨后积水。"),
        (Attribute("LANE", "位置", "singlevaluelist", True, ("机动车道", "非机动车道", "人行道")),
         Attribute("SIZE_CM", "直径（厘米）", "number")),
    ),
    Matter(
        "06028", "噪声扰民", "生活、商业或广场噪声影响休息", ("噪声", "扰民", "夜间"),
        "{街道}派出所", 24, 13,
        ("{社区}广场晚上十点后仍有音响声，影响休息。", "{路}{号}号楼下餐饮店夜间排风机噪声很大。"),
        (Attribute("WHEN", "发生时段", "multivaluelist", True, ("白天", "傍晚", "夜间", "凌晨")),),
    ),
    Matter(
        "06042", "垃圾站（箱）满溢", "垃圾站、垃圾桶或回收箱已满", ("垃圾桶", "满溢", "回收箱"),
        "{街道}城市建设办公室", 12, 10,
        ("{路}公交站旁垃圾桶已满，垃圾掉到地上。", "{社区}垃圾分类投放点旧衣回收箱满溢。"),
    ),
    Matter(
        "06051", "盲道缺损", "盲道砖缺失、破损或被占用", ("盲道", "无障碍"),
        "龙岗区交通运输局", 120, 4,
        ("{路}人行道盲道砖缺了五六块。", "{路}{号}号门前盲道被花坛截断。"),
    ),
    Matter(
        "07001", "非法小广告", "张贴、喷涂或散发小广告", ("小广告", "张贴", "喷涂"),
        _OFFICE, 24, 8,
        ("{路}沿街电箱被贴满小广告。", "{社区}楼道口喷涂开锁电话。"),
    ),
    Matter(
        "08001", "施工扰民", "夜间施工、扬尘或泥土上路", ("施工", "工地", "扬尘"),
        "龙岗区住房和建设局", 24, 7,
        ("{路}旁工地凌晨一点仍在浇筑混凝土。", "{社区}工地没有洒水，扬尘很大。"),
        (Attribute("SITE", "工地名称", "string"), Attribute("SINCE", "开始时间", "datetime")),
    ),
    Matter(
        "09005", "店外经营", "商户占用人行道经营", ("占道", "店铺", "摆卖"),
        _OFFICE, 24, 6,
        ("{路}{号}号水果店把货架摆到人行道上。", "{社区}街口餐饮店占道摆放桌椅。"),
    ),
    Matter(
        "09009", "机动车乱停放", "机动车违规停放，影响通行", ("违停", "停车", "占道"),
        "龙岗交警大队", 12, 8,
        ("{路}单行道两侧停满车，公交车难以通过。", "{社区}学校门口上下学时段机动车乱停。"),
        (Attribute("LANE", "位置", "singlevaluelist", False, ("人行道", "消防通道外侧", "路口", "公交站")),),
    ),
    Matter(
        "09012", "占用消防通道", "车辆或杂物堵占消防通道", ("消防", "通道", "堵塞"),
        "龙岗区消防救援大队", 6, 2,
        ("{社区}消防通道被两辆货车堵住。", "{路}{号}号楼后消防通道堆放杂物。"),
    ),
    Matter(
        "10002", "架空线缆脱落", "通信或电力线缆下垂、脱落", ("线缆", "电线", "脱落"),
        "{街道}应急管理办公室", 6, 1,
        ("{路}有一根线缆垂到人行道上方，伸手可及。", "{社区}巷口线缆脱落，不清楚是否带电。"),
        (Attribute("LIVE", "是否疑似带电", "singlevaluelist", True, ("是", "否", "不清楚")),),
    ),
)  # fmt: skip
BY_CODE = {matter.code: matter for matter in MATTERS}
