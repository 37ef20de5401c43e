"""A library's catalogue as Koha's API shows it: biblios, items, branches and item types."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from mocks.koha import fields
from mocks.koha.site import Site
from mocks.world.books import Edition, isbn10
from mocks.world.clock import CHINA
from mocks.world.libraries import Biblio, Branch, Item, Library
from mocks.world.things import Thing

ITEM_TYPES = {
    "BOOK": ("图书", False),
    "CHILD": ("少儿图书", False),
    "REF": ("参考工具书", False),
    "LOCAL": ("地方文献", False),
    "THING": ("共享物品", False),
}
_ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}


class Catalogue:
    """Biblios are written once and kept; items are written when asked for, since loans change them."""

    def __init__(self, library: Library, site: Site) -> None:
        self.library = library
        self._site = site
        self.biblios: dict[int, dict[str, Any]] = {}
        self.copies: dict[int, tuple[Item, ...]] = {}
        self.items: dict[int, Item] = {}
        self.barcodes: dict[str, int] = {}
        for biblio in library.biblios:
            self.biblios[biblio.id] = self._biblio(biblio)
            self.copies[biblio.id] = biblio.items
            for item in biblio.items:
                self.items[item.id] = item
                self.barcodes[item.barcode] = item.id
        self._collections = {b.id: b.thing.category for b in library.biblios if b.thing}
        self.libraries = [_library(branch) for branch in library.branches]
        self.isbns = {b.edition.isbn: b.id for b in library.biblios if b.edition}

    def item_types(self) -> Iterator[dict[str, Any]]:
        for code, (description, notforloan) in ITEM_TYPES.items():
            yield {
                "item_type": code,
                "parent_type": None,
                "description": description,
                "rentalcharge": 0,
                "defaultreplacecost": None,
                "notforloan": notforloan,
                "imageurl": None,
                "summary": None,
                "hideinopac": False,
                "searchcategory": None,
                "translated_descriptions": [],
            }

    def _biblio(self, biblio: Biblio) -> dict[str, Any]:
        row = fields.BIBLIO | {
            "biblio_id": biblio.id,
            "framework_id": "",
            "item_type": biblio.kind,
            "creation_date": biblio.created.isoformat(),
            "timestamp": _moment(biblio.created),
            "cn_source": "clc",
        }
        if biblio.edition is not None:
            return row | self._book(biblio.edition)
        if biblio.thing is not None:
            return row | _thing(biblio.thing)
        raise ValueError(f"biblio {biblio.id} is neither a book nor a thing")

    def _book(self, edition: Edition) -> dict[str, Any]:
        title, _, subtitle = edition.title.partition("：")
        english = edition.title.isascii()
        ordinal = f"{_ORDINALS.get(edition.printing, f'{edition.printing}th')} ed."
        return {
            "title": title,
            "subtitle": subtitle or None,
            "author": edition.author,
            "isbn": self._isbn(edition),
            "publisher": edition.publisher.name,
            "publication_place": edition.publisher.place,
            "publication_year": str(edition.year),  # a string here
            "copyright_date": edition.year,  # and a number there
            "series_title": edition.series,
            "part_number": edition.part_number,
            "part_name": edition.part_name,
            "edition_statement": ordinal if english else f"第{edition.printing}版",
            "pages": f"{edition.pages} pages" if english else f"{edition.pages}页",
            "material_size": "20 cm" if english else "21cm",
            "cn_class": edition.classification,
            "age_restriction": None,
            "abstract": None
            if english
            else f"《{edition.title}》，{edition.author}著，{edition.publisher.name}{edition.year}年出版。",
        }

    def _isbn(self, edition: Edition) -> str:
        isbn = edition.isbn
        if self._site.isbns == "both" and edition.year < 2007:
            return f"{isbn} | {isbn10(isbn)}"
        if self._site.isbns == "hyphens" and edition.year < 2003:
            registrant = len(edition.publisher.prefix) + 3
            return f"978-{isbn[3]}-{isbn[4:registrant]}-{isbn[registrant:12]}-{isbn[12]}"
        return isbn

    def item(self, item: Item, due: datetime | None, renewals: int, holds: int) -> dict[str, Any]:
        """`checked_out_date` holds the date due, whatever its name and Koha's documentation say."""
        return fields.ITEM | {
            "item_id": item.id,
            "biblio_id": item.biblio,
            "external_id": item.barcode,
            "acquisition_date": item.acquired.isoformat(),
            "bookable": item.kind == "THING",
            "home_library_id": item.home,
            "holding_library_id": item.holding,
            "purchase_price": item.price,
            "replacement_price": item.price,
            "not_for_loan_status": item.not_for_loan,
            "effective_not_for_loan_status": item.not_for_loan,
            "damaged_status": item.damaged,
            "lost_status": item.lost,
            "withdrawn": item.withdrawn,
            "callnumber": item.callnumber,
            "collection_code": self._collections.get(item.biblio),
            "call_number_source": "clc",
            "call_number_sort": item.callnumber.replace(".", "_").replace("/", "_"),
            "checkouts_count": item.checkouts,
            "renewals_count": item.renewals + renewals,
            "holds_count": holds,
            "restricted_status": None,
            "timestamp": _moment(item.acquired),
            "location": item.place,
            "permanent_location": item.place,
            "checked_out_date": due.date().isoformat() if due else None,
            "item_type_id": item.kind,
            "effective_item_type_id": item.kind,
            "exclude_from_local_holds_priority": False,
        }


def public_library(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in fields.PUBLIC_LIBRARY}


def _thing(thing: Thing) -> dict[str, Any]:
    return {"title": thing.name, "subtitle": thing.english, "publisher": thing.maker, "abstract": thing.note}


def _library(branch: Branch) -> dict[str, Any]:
    return {
        "library_id": branch.id,
        "name": branch.name,
        "address1": branch.address,
        "address2": f"{branch.community.subdistrict}{branch.community.name}",
        "address3": "龙岗区",
        "postal_code": "518100",
        "city": "深圳市",
        "state": "广东省",
        "country": "中国",
        "phone": branch.phone,
        "fax": None,
        "email": f"{branch.id.lower()}@example.com",
        "illemail": None,
        "reply_to_email": None,
        "return_path_email": None,
        "url": None,
        "ip": None,
        "notes": None,
        "geolocation": None,
        "marc_org_code": None,
        "pickup_location": True,
        "public": True,
    }


def _moment(day: date) -> str:
    return datetime.combine(day, time(9, 30), CHINA).isoformat()
