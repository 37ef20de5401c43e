"""Things that libraries lend beside books, booked for a few days by residents (好物分享)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thing:
    name: str
    english: str
    maker: str
    note: str
    category: str
    """The library's code for the collection that it stands in."""


THINGS: tuple[Thing, ...] = (
    Thing("冲击钻", "Hammer drill", "博世", "含钻头一套，使用前请阅读说明", "TOOLS"),
    Thing("手电钻工具箱", "Cordless drill kit", "得伟", "含充电器和批头", "TOOLS"),
    Thing("家用投影仪", "Projector", "极米", "含遥控器和电源线", "ELECTRONICS"),
    Thing("100寸投影幕布", "Projection screen", "坚果", "支架式", "ELECTRONICS"),
    Thing("四人帐篷", "Four-person tent", "牧高笛", "请晾干后归还", "OUTDOOR"),
    Thing("折叠露营桌椅", "Camping table and chairs", "骆驼", "一桌四椅", "OUTDOOR"),
    Thing("野餐垫", "Picnic blanket", "骆驼", "请清洁后归还", "OUTDOOR"),
    Thing("羽毛球拍一副", "Pair of badminton rackets", "李宁", "不含羽毛球", "SPORTS"),
    Thing("乒乓球拍一副", "Pair of table tennis bats", "红双喜", "含三只球", "SPORTS"),
    Thing("篮球", "Basketball", "斯伯丁", "7号球", "SPORTS"),
    Thing("尤克里里", "Ukulele", "恩雅", "含琴包", "MUSIC"),
    Thing("电子琴", "Keyboard", "雅马哈", "61键，含琴架", "MUSIC"),
    Thing("缝纫机", "Sewing machine", "兄弟", "含线轴六个", "HOME"),
    Thing("空气炸锅", "Air fryer", "美的", "请清洁后归还", "HOME"),
    Thing("轮椅", "Wheelchair", "鱼跃", "押金以证件代替", "CARE"),
    Thing("腋下拐杖", "Crutches", "鱼跃", "高度可调", "CARE"),
    Thing("血压计", "Blood pressure monitor", "欧姆龙", "上臂式", "CARE"),
    Thing("天文望远镜", "Telescope", "星特朗", "含两只目镜", "LEARNING"),
    Thing("科学实验箱", "Science kit", "科学罐头", "适合8岁以上儿童", "LEARNING"),
    Thing("桌游套装", "Board games", "游卡", "含规则书", "GAMES"),
)
