"""The attributes of Koha's API objects, all of which are always sent; most are null most of the time."""

from typing import Any


def _nulls(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split())


BIBLIO = _nulls(
    """
    biblio_id framework_id author title medium subtitle part_number part_name uniform_title notes serial
    series_title copyright_date timestamp creation_date abstract volume number item_type isbn issn ean
    publication_year publisher volume_date volume_description collection_title collection_issn
    collection_volume edition_statement illustrations pages material_size publication_place
    lc_control_number url cn_source cn_class cn_item cn_suffix cn_sort age_restriction serial_total_issues
    """
)
ITEM = _nulls(
    """
    item_id biblio_id external_id acquisition_date acquisition_source bookable home_library_id
    purchase_price replacement_price replacement_price_date last_checkout_date last_seen_date
    not_for_loan_status effective_not_for_loan_status damaged_status damaged_date lost_status lost_date
    withdrawn withdrawn_date callnumber coded_location_qualifier checkouts_count renewals_count holds_count
    restricted_status public_notes internal_notes holding_library_id timestamp location permanent_location
    checked_out_date call_number_source call_number_sort collection_code materials_notes uri item_type_id
    effective_item_type_id extended_subfields serial_issue_number copy_number inventory_number new_status
    exclude_from_local_holds_priority
    """
)
PUBLIC_ITEM = _nulls(
    """
    item_id biblio_id external_id acquisition_date home_library_id holding_library_id location
    collection_code callnumber copy_number checked_out_date public_notes uri item_type_id
    not_for_loan_status damaged_status lost_status withdrawn restricted_status call_number_source
    effective_item_type_id serial_issue_number
    """
)
PUBLIC_LIBRARY = _nulls(
    "library_id name address1 address2 address3 postal_code city state country phone email url public"
)
HOLD = _nulls(
    """
    hold_id patron_id hold_date biblio_id item_group_id pickup_library_id desk_id cancellation_date
    cancellation_reason notes priority status timestamp item_id waiting_date expiration_date
    lowest_priority suspended suspended_until non_priority item_type item_level
    """
)
CHECKOUT = _nulls(
    """
    checkout_id patron_id item_id booking_id external_id due_date library_id issuer_id checkin_date
    checkin_library_id last_renewed_date renewals_count unseen_renewals auto_renew auto_renew_error
    timestamp checkout_date onsite_checkout note note_date note_seen
    """
)
BOOKING = _nulls(
    """
    booking_id biblio_id item_id patron_id pickup_library_id start_date end_date creation_date
    modification_date status
    """
)
PATRON = _nulls(
    """
    patron_id cardnumber surname firstname preferred_name middle_name title other_name initials pronouns
    street_number street_type address address2 city state postal_code country email phone mobile fax
    secondary_email secondary_phone date_of_birth library_id category_id date_enrolled expiry_date
    date_renewed incorrect_address patron_card_lost restricted staff_notes gender userid opac_notes privacy
    updated_on last_seen lang login_attempts anonymized protected expired
    """
)
HOLD_FILTERS = HOLD.keys() - {"desk_id", "cancellation_reason", "item_type", "item_level"}
PATRON_FILTERS = PATRON.keys() - {"expired"}
