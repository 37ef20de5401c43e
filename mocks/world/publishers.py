"""The publishers whose books the libraries hold, with the ISBN prefixes that they truly have."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Publisher:
    """`prefix` is registration group and registrant; the group is its first digit."""

    name: str
    place: str
    prefix: str


def _table(rows: str) -> dict[str, Publisher]:
    found: dict[str, Publisher] = {}
    for row in rows.strip().splitlines():
        key, name, place, prefix = row.split("|")
        found[key] = Publisher(name, place, prefix)
    return found


PUBLISHERS: dict[str, Publisher] = _table(
    """
rm|人民文学出版社|北京|702
sw|商务印书馆|北京|7100
zh|中华书局|北京|7101
sl|生活·读书·新知三联书店|北京|7108
yl|岳麓书社|长沙|780761
sg|上海古籍出版社|上海|75325
yj|中国画报出版社|北京|780024
yl2|译林出版社|南京|75447
sy2|上海译文出版社|上海|75327
zw|作家出版社|北京|75063
zj|浙江文艺出版社|杭州|75339
bw|北京十月文艺出版社|北京|75302
hc|长江文艺出版社|武汉|75354
cj|长江少年儿童出版社|武汉|75353
hn|湖南文艺出版社|长沙|75404
hn2|湖南科学技术出版社|长沙|75357
sy|上海文艺出版社|上海|75321
nh|南海出版公司|海口|75442
zx|中信出版社|北京|75086
cq|重庆出版社|重庆|75366
kx|科学出版社|北京|703
zy|中国友谊出版公司|北京|75057
js2|江苏凤凰文艺出版社|南京|75399
gz|广州出版社|广州|75462
gz2|贵州人民出版社|贵阳|7221
zq|中国青年出版社|北京|75006
gx|广西师范大学出版社|桂林|75495
sr|上海人民出版社|上海|7208
xx|新星出版社|北京|780225
qz|群众出版社|北京|75014
bd|北京大学出版社|北京|7301
fd|复旦大学出版社|上海|7309
bj|北京出版社|北京|7200
rp|人民邮电出版社|北京|7115
jx|机械工业出版社|北京|7111
dz|电子工业出版社|北京|7121
qh|清华大学出版社|北京|7302
gj|高等教育出版社|北京|704
hg|化学工业出版社|北京|7122
hx|华夏出版社|北京|75080
rw|人民卫生出版社|北京|7117
rt|人民体育出版社|北京|75009
wy|外语教学与研究出版社|北京|75135
zh2|中央编译出版社|北京|75117
fl|法律出版社|北京|75118
gd|广东科技出版社|广州|75359
hh|深圳出版社|深圳|75507
js|江苏凤凰少年儿童出版社|南京|75346
jl|接力出版社|南宁|75448
et|中国少年儿童出版社|北京|75007
es|二十一世纪出版社|南昌|75391
es2|少年儿童出版社|上海|75324
zs|浙江少年儿童出版社|杭州|75342
mt|明天出版社|济南|75332
tt|天天出版社|北京|75016
cf|春风文艺出版社|沈阳|75313
xs|新世界出版社|北京|75104
sc|四川少年儿童出版社|成都|75365
qd|青岛出版社|青岛|75552
pg|Penguin Books|London|014
ox|Oxford University Press|Oxford|019
ff|Faber & Faber|London|0571
vn|Vintage|London|0099
hp|HarperCollins|London|0007
bb|Bloomsbury|London|07475
pf|Puffin Books|London|014
mc|Macmillan Children's Books|London|0330
bt|Bantam Press|London|0593
cu|Cambridge University Press|Cambridge|0521
hz|Head of Zeus|London|0178
sc2|Scholastic|London|0439
"""
)
