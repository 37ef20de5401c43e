"""The clinical specialties of the district's hospitals, with their codes in the national and SNOMED lists."""

from dataclasses import dataclass
from typing import Literal

Category = Literal["27", "28", "29", "31", "10", "17"]


@dataclass(frozen=True, slots=True)
class Specialty:
    """`code` is from 诊疗科目名录, `category` HL7's service-category; `wards` says it has inpatients."""

    code: str
    snomed: str | None
    name: str
    english: str
    category: Category
    wards: bool
    minutes: int
    weekend: bool

    @property
    def slug(self) -> str:
        return self.code.replace(".", "")


def _table(rows: str) -> dict[str, Specialty]:
    found: dict[str, Specialty] = {}
    for row in rows.strip().splitlines():
        code, snomed, name, english, category, wards, minutes, weekend = row.split("|")
        found[name] = Specialty(
            code,
            snomed or None,
            name,
            english,
            category,  # type: ignore[arg-type]  # the table below holds only known categories
            wards == "w",
            int(minutes),
            weekend == "we",
        )
    return found


SPECIALTIES: dict[str, Specialty] = _table(
    """
02|394814009|全科医学科|General Practice|17||20|we
03.01|418112009|呼吸内科|Respiratory Medicine|27|w|20|
03.02|394584008|消化内科|Gastroenterology|27|w|20|
03.03|394591006|神经内科|Neurology|27|w|20|
03.04|394579002|心血管内科|Cardiology|27|w|20|we
03.06|394589003|肾病学科|Nephrology|27|w|20|
03.07|394583002|内分泌科|Endocrinology|27|w|20|
03.11|394811001|老年医学科|Geriatrics|27|w|30|
04.01|394609007|普通外科|General Surgery|31|w|15|
04.02|394610002|神经外科|Neurosurgery|31|w|20|
04.03|394801008|骨科|Orthopaedics|31|w|15|we
04.04|394612005|泌尿外科|Urology|31|w|15|
05.01|394586005|妇科|Gynaecology|28|w|20|we
05.02|408470005|产科|Obstetrics|28|w|20|we
06||妇女保健科|Women's Health Care|28||20|we
07|394537008|儿科|Paediatrics|29|w|15|we
07.01||新生儿科|Neonatology|29|w|20|
08|394539006|小儿外科|Paediatric Surgery|29|w|20|
09||儿童保健科|Child Health Care|29||30|we
10|394594003|眼科|Ophthalmology|31|w|15|
11|418960008|耳鼻咽喉科|Otolaryngology|31|w|15|
12|394812008|口腔科|Dentistry|10||30|we
13|394582007|皮肤科|Dermatology|27||15|we
15|394587001|精神科|Psychiatry|27|w|30|
19|394593009|肿瘤科|Oncology|27|w|30|
21|394602003|康复医学科|Rehabilitation|27|w|30|
50||中医科|Traditional Chinese Medicine|27|w|20|we
"""
)
