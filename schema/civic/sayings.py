"""Sayings: how residents speak of the matters of GB/T 47678.5-2026, beyond the standard's own names.

By class and matter (the last five digits of a code). Made for this project; a platform's own keywords come
on top.
"""

from __future__ import annotations

SAYINGS: dict[str, tuple[str, ...]] = {
    "01037": ("灯不亮", "没灯", "黑漆漆", "灯坏", "灯柱", "street light", "streetlight", "lamp"),
    "01054": ("充电站", "充不了电", "充不上电", "充电枪", "charger", "charging"),
    "02001": ("道闸", "停车费", "乱收费", "车库", "parking lot", "car park", "barrier"),
    "06010": ("没人清理", "没人扫", "脏乱", "异味", "臭", "rubbish", "garbage", "litter", "trash"),
    "06013": ("有坑", "大坑", "坑洞", "塌陷", "路烂", "井盖", "裂缝", "pothole", "road surface"),
    "06028": ("噪音", "吵", "睡不着", "音响", "广场舞", "唱歌", "noise", "noisy", "loud"),
    "06042": ("垃圾满", "桶满", "满出来", "溢出", "bin full", "overflowing"),
    "06051": ("盲人", "盲道砖", "tactile", "blind"),
    "07001": ("牛皮癣", "乱贴", "贴满", "传单", "开锁电话", "flyer", "leaflet", "poster"),
    "08001": ("打桩", "扬尘", "灰尘", "泥土", "渣土", "construction", "dust"),
    "09005": ("摆摊", "占道经营", "摆卖", "摆到人行道", "店外", "stall", "vendor"),
    "09009": ("乱停", "停满车", "堵路", "停在人行道", "illegal parking", "parked"),
    "09012": ("消防车", "逃生通道", "安全出口", "fire lane", "fire exit"),
    "10002": ("垂下来", "掉下来的线", "电缆", "光缆", "cable", "wire"),
}
