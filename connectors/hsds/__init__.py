"""Open Referral's Human Services Data Specification, HSDS 3.1 (https://docs.openreferral.org)."""

from connectors.hsds.connector import Hsds

CONNECTOR = Hsds
