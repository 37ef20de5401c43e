"""Place names of Longgang in Latin letters (pinyin without tones), for their English names."""

_SYLLABLES = (
    "ai:爱 an:安 ao:坳 bai:白柏 ban:坂半 bao:宝保 bei:背北 bu:布 chang:昌长 cheng:城 cui:翠 cun:村 "
    "da:大 dan:丹 dao:岛道 de:德 di:地第 dong:东 e:鹅 fa:发 fang:方 fen:芬 feng:凤丰 fu:辅 gan:甘 "
    "gang:岗 gao:高 ge:阁格 gong:公 gu:古 guang:光广 guo:国 hai:海 he:禾和荷 heng:横 hong:红 hu:湖 "
    "hua:花华 huang:凰黄 hui:回 ji:吉季 jiao:角 jie:街 jin:金锦 jing:景径 kang:康 ke:科可 keng:坑 "
    "lang:朗 le:乐 li:力李丽 lian:联 liang:良 ling:岭 liu:六 long:龙 lu:路 luo:罗 ma:马 mao:茂 mei:美 "
    "mian:棉 mu:木 nan:南 ni:坭 nian:年 pai:排 ping:平坪 pu:埔 qiao:桥侨 san:三 sha:沙 shan:山 "
    "shang:上尚 sheng:盛生 shu:树 shui:水 shuang:双 si:四 song:松 tang:塘堂 tian:田 tong:同 tou:头 "
    "wan:湾万 wei:薇 wen:文 wu:五 xi:西 xia:下厦 xiang:象祥 xin:新心 xing:兴 xu:墟圩 xue:雪 yang:杨 "
    "ye:业 yi:怡 yin:银 yong:永 yu:愉 yuan:园 yue:约 yun:运 zhan:展 zhang:樟嶂 zhong:中 zhu:竹珠 zi:紫"
)
_LETTERS = {
    character: syllable
    for syllable, _, characters in (entry.partition(":") for entry in _SYLLABLES.split())
    for character in characters
}


def latin(name: str) -> str:
    """`龙岭` as `Longling`; KeyError for a character that no place name of Longgang has."""
    return "".join(_LETTERS[character] for character in name).capitalize()
