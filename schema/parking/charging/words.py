"""The words of charging: statuses, connectors, currents, facilities, units of price."""

from __future__ import annotations

from enum import StrEnum

from schema.core.docs import enum_type


class ChargingStatus(StrEnum):
    """What a charging point does."""

    AVAILABLE = "AVAILABLE"
    CHARGING = "CHARGING"
    RESERVED = "RESERVED"
    BLOCKED = "BLOCKED"
    OUT_OF_ORDER = "OUT_OF_ORDER"
    INOPERATIVE = "INOPERATIVE"
    PLANNED = "PLANNED"
    UNKNOWN = "UNKNOWN"


enum_type(
    ChargingStatus,
    "充电桩状态",
    "What a charging point does",
    AVAILABLE=("空闲，可以充电", "Free to charge at"),
    CHARGING=("充电中", "In use"),
    RESERVED=("已被预约", "Reserved for another driver"),
    BLOCKED=("被车辆等障碍物占用", "Not to be reached, a car stands in the way"),
    OUT_OF_ORDER=("故障", "Broken"),
    INOPERATIVE=("停用", "Not in operation, though not broken"),
    PLANNED=("建设中，尚未启用", "Planned, not yet in operation"),
    UNKNOWN=("状态未知，如离线", "Unknown, perhaps offline"),
)


class ChargingConnectorType(StrEnum):
    """What fits into it."""

    GB_AC = "GB_AC"
    GB_DC = "GB_DC"
    CHAOJI = "CHAOJI"
    CHADEMO = "CHADEMO"
    TYPE_1 = "TYPE_1"
    CCS_1 = "CCS_1"
    TYPE_2 = "TYPE_2"
    CCS_2 = "CCS_2"
    TYPE_3 = "TYPE_3"
    TESLA = "TESLA"
    NEMA = "NEMA"
    HOUSEHOLD = "HOUSEHOLD"
    INDUSTRIAL = "INDUSTRIAL"
    PANTOGRAPH = "PANTOGRAPH"
    OTHER = "OTHER"


enum_type(
    ChargingConnectorType,
    "充电接口类型",
    "What a connector fits",
    GB_AC=("国标交流（GB/T 20234.2）", "China's AC connector, GB/T 20234.2"),
    GB_DC=("国标直流（GB/T 20234.3）", "China's DC connector, GB/T 20234.3"),
    CHAOJI=("超级充电接口 ChaoJi", "ChaoJi, DC"),
    CHADEMO=("日标直流 CHAdeMO", "CHAdeMO, DC"),
    TYPE_1=("IEC 62196 1 型交流", "IEC 62196 type 1, AC"),
    CCS_1=("IEC 62196 1 型组合直流", "Combined charging system of type 1, DC"),
    TYPE_2=("IEC 62196 2 型交流", "IEC 62196 type 2, AC"),
    CCS_2=("IEC 62196 2 型组合直流", "Combined charging system of type 2, DC"),
    TYPE_3=("IEC 62196 3 型交流", "IEC 62196 type 3, AC"),
    TESLA=("特斯拉接口", "Tesla's own"),
    NEMA=("北美 NEMA 插座", "A NEMA socket of North America"),
    HOUSEHOLD=("家用插座", "A household socket"),
    INDUSTRIAL=("IEC 60309 工业插座", "An industrial socket, IEC 60309"),
    PANTOGRAPH=("受电弓，多用于公交", "A pantograph, mostly for buses"),
    OTHER=("其他", "Another one"),
)


class ChargingConnectorFormat(StrEnum):
    """Whether one brings the cable."""

    SOCKET = "SOCKET"
    CABLE = "CABLE"


enum_type(
    ChargingConnectorFormat,
    "接口形式",
    "Whether one brings the cable",
    SOCKET=("插座，须自带充电线", "A socket: bring a cable"),
    CABLE=("自带枪线", "A cable is attached"),
)


class ChargingCurrent(StrEnum):
    """What flows."""

    AC = "AC"
    DC = "DC"


enum_type(
    ChargingCurrent,
    "电流类型",
    "What flows",
    AC=("交流（慢充）", "Alternating current, slow"),
    DC=("直流（快充）", "Direct current, fast"),
)


class ChargingBayRule(StrEnum):
    """Who may stand at a charging point."""

    EV_ONLY = "EV_ONLY"
    PLUGGED = "PLUGGED"
    DISABLED = "DISABLED"
    CUSTOMERS = "CUSTOMERS"
    MOTORCYCLES = "MOTORCYCLES"


enum_type(
    ChargingBayRule,
    "充电车位的停放限制",
    "Who may stand at a charging point",
    EV_ONLY=("仅限电动汽车", "Electric vehicles only"),
    PLUGGED=("仅限充电期间停放", "Only while plugged in"),
    DISABLED=("无障碍车位", "Disabled drivers only"),
    CUSTOMERS=("仅限顾客或访客", "Customers or guests only"),
    MOTORCYCLES=("仅限电动摩托车", "Electric motorcycles only"),
)


class ChargingFacility(StrEnum):
    """What else is there."""

    HOTEL = "HOTEL"
    RESTAURANT = "RESTAURANT"
    CAFE = "CAFE"
    MALL = "MALL"
    SUPERMARKET = "SUPERMARKET"
    SPORT = "SPORT"
    RECREATION_AREA = "RECREATION_AREA"
    NATURE = "NATURE"
    MUSEUM = "MUSEUM"
    BIKE_SHARING = "BIKE_SHARING"
    BUS_STOP = "BUS_STOP"
    TAXI_STAND = "TAXI_STAND"
    TRAM_STOP = "TRAM_STOP"
    METRO_STATION = "METRO_STATION"
    TRAIN_STATION = "TRAIN_STATION"
    AIRPORT = "AIRPORT"
    PARKING_LOT = "PARKING_LOT"
    CARPOOL_PARKING = "CARPOOL_PARKING"
    FUEL_STATION = "FUEL_STATION"
    WIFI = "WIFI"


enum_type(
    ChargingFacility,
    "充电站周边设施",
    "What else is there beside a charging station",
    HOTEL=("酒店", "A hotel"),
    RESTAURANT=("餐厅", "A restaurant"),
    CAFE=("咖啡馆", "A café"),
    MALL=("商场", "A shopping centre"),
    SUPERMARKET=("超市", "A supermarket"),
    SPORT=("运动场馆", "Sports facilities"),
    RECREATION_AREA=("休闲区", "A recreation area"),
    NATURE=("公园或自然景区", "A park or nature reserve"),
    MUSEUM=("博物馆", "A museum"),
    BIKE_SHARING=("共享单车", "Shared bicycles"),
    BUS_STOP=("公交站", "A bus stop"),
    TAXI_STAND=("出租车站", "A taxi stand"),
    TRAM_STOP=("有轨电车站", "A tram stop"),
    METRO_STATION=("地铁站", "A metro station"),
    TRAIN_STATION=("火车站", "A railway station"),
    AIRPORT=("机场", "An airport"),
    PARKING_LOT=("停车场", "A car park"),
    CARPOOL_PARKING=("合乘停车场", "A car park for car pools"),
    FUEL_STATION=("加油站", "A petrol station"),
    WIFI=("无线网络", "Wireless internet"),
)


class ChargingEnergySource(StrEnum):
    """Where the energy comes from."""

    NUCLEAR = "NUCLEAR"
    FOSSIL = "FOSSIL"
    COAL = "COAL"
    GAS = "GAS"
    RENEWABLE = "RENEWABLE"
    SOLAR = "SOLAR"
    WIND = "WIND"
    WATER = "WATER"


enum_type(
    ChargingEnergySource,
    "电能来源",
    "Where the energy comes from",
    NUCLEAR=("核电", "Nuclear power"),
    FOSSIL=("化石燃料", "Fossil fuels of all kinds"),
    COAL=("煤电", "Coal"),
    GAS=("气电", "Gas"),
    RENEWABLE=("各类可再生能源", "Renewables of all kinds"),
    SOLAR=("光伏", "Sun"),
    WIND=("风电", "Wind"),
    WATER=("水电", "Water"),
)


class ChargingPriceUnit(StrEnum):
    """What a price is for."""

    KWH = "KWH"
    HOUR_CHARGING = "HOUR_CHARGING"
    HOUR_PARKED = "HOUR_PARKED"
    SESSION = "SESSION"


enum_type(
    ChargingPriceUnit,
    "计价单位",
    "What a price is for",
    KWH=("每千瓦时", "A kilowatt-hour"),
    HOUR_CHARGING=("每小时充电", "An hour of charging"),
    HOUR_PARKED=("每小时占位（未充电）", "An hour at the point without charging"),
    SESSION=("每次", "A session"),
)


class ChargingTariffType(StrEnum):
    """Whom a tariff is for."""

    AD_HOC = "AD_HOC"
    REGULAR = "REGULAR"
    CHEAP = "CHEAP"
    FAST = "FAST"
    GREEN = "GREEN"


enum_type(
    ChargingTariffType,
    "资费适用方式",
    "Whom a tariff is for",
    AD_HOC=("现场直接支付", "Paid on the spot, without a contract"),
    REGULAR=("会员或签约用户", "Those with a contract or card"),
    CHEAP=("签约用户选择省钱充电", "Those with a contract who choose to charge cheaply"),
    FAST=("签约用户选择快速充电", "Those with a contract who choose to charge fast"),
    GREEN=("签约用户选择绿电充电", "Those with a contract who choose green energy"),
)
