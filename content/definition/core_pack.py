"""The bundled `core:` templates."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from copydesk.content.definition.entries import opened
from copydesk.content.definition.models import Template
from copydesk.content.definition.problems import Findings, SiteInvalid
from copydesk.content.definition.reader import read_yaml
from copydesk.content.definition.templates import CORE, read_templates

__all__ = ["core_templates"]

_FILE = "core.yaml"


@cache
def core_templates() -> Mapping[str, Template]:
    """Every bundled template by its qualified name (`core:hero`). Read once, at first use."""
    document = read_yaml(files("copydesk.content.definition").joinpath(_FILE).read_bytes())
    findings = Findings(_FILE, document.lines)
    for problem in document.problems:
        findings.add_line(problem.line, problem.message)
    pack = opened(document.data, (), "the core pack", findings)
    templates = read_templates(pack, CORE, lambda _: ()) if pack else {}
    if findings.problems:
        raise SiteInvalid(_FILE, findings.problems)
    return MappingProxyType(templates)
