"""Addresses of resources: what they name, and that what is made can be read again."""

from __future__ import annotations

import pytest

from copydesk.content.reports.addresses import (
    Address,
    OperationAddress,
    PageAddress,
    SectionAddress,
    SiteAddress,
    operation_uri,
    page_uri,
    read_address,
    section_uri,
)
from copydesk.store.states import Environment

PREVIEW, PRODUCTION = Environment.PREVIEW, Environment.PRODUCTION


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("copydesk://site", SiteAddress()),
        ("copydesk://site?cursor=home/hero", SiteAddress()),
        ("copydesk://operations/op_abc", OperationAddress("op_abc")),
        ("copydesk://preview/home", PageAddress(PREVIEW, "home")),
        ("copydesk://preview/home?cursor=home/why", PageAddress(PREVIEW, "home")),
        ("copydesk://production/home/hero", SectionAddress(PRODUCTION, "home", "hero")),
        ("copydesk://preview/%2Fabout%2Fus/hero", SectionAddress(PREVIEW, "/about/us", "hero")),
        ("copydesk://preview/caf%C3%A9/hero", SectionAddress(PREVIEW, "café", "hero")),
    ],
)
def test_addresses_are_read(uri: str, address: Address) -> None:
    assert read_address(uri) == address


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "copydesk://",
        "copydesk://site/",
        "copydesk://sites",
        "copydesk://operations",
        "copydesk://operations/op_a/more",
        "copydesk://staging/home/hero",
        "copydesk://preview//hero",
        "copydesk://preview/home/hero/title",
        "copydesk://preview/home/hero#title",
        "copydesk://preview/café/hero",
        "copydesk://preview/home /hero",
        "COPYDESK://site",
        "http://preview/home/hero",
        f"copydesk://preview/{'a' * 3_000}/hero",
    ],
)
def test_what_is_no_address_of_ours_names_nothing(uri: str) -> None:
    assert read_address(uri) is None


@pytest.mark.parametrize("name", ["home", "/", "a b", "100%", "?", "#", "café", "..", "a/b"])
def test_addresses_that_are_made_are_read_as_what_they_were_made_of(name: str) -> None:
    assert read_address(page_uri(PREVIEW, name)) == PageAddress(PREVIEW, name)
    assert read_address(section_uri(PRODUCTION, name, name)) == SectionAddress(PRODUCTION, name, name)
    assert read_address(operation_uri(name)) == OperationAddress(name)
