from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from copydesk.content.reports.content_views import (
    AddedPage,
    Comparison,
    ContentReading,
    OperationListing,
    SavedSource,
    SiteListing,
)
from copydesk.content.reports.receipts import CancelReceipt, JobStatusSummary, Receipt
from copydesk.server.result_schemas import first_level


def test_receipt_is_described_to_its_first_level() -> None:
    schema = first_level(Receipt.model_json_schema(by_alias=True, mode="serialization"))
    properties = schema["properties"]
    assert schema["required"][:3] == ["success", "operationId", "operation"]
    assert "$defs" not in schema
    assert properties["operationId"] == {"type": ["string", "null"]}
    assert properties["environment"] == {"type": "string"}
    assert properties["outcome"] == {"type": ["string", "null"]}
    assert properties["jobs"] == {"type": "array"}
    assert properties["nextStep"] == {"type": ["object", "null"]}
    assert "estimate" not in properties


MODELS = [
    Receipt,
    JobStatusSummary,
    CancelReceipt,
    OperationListing,
    SiteListing,
    ContentReading,
    Comparison,
    AddedPage,
    SavedSource,
]


@pytest.mark.parametrize("model", MODELS)
def test_published_schema_is_a_valid_schema_and_refuses_a_wrong_type(model: type[BaseModel]) -> None:
    schema = first_level(model.model_json_schema(by_alias=True, mode="serialization"))
    jsonschema.Draft202012Validator.check_schema(schema)
    wrong: dict[str, Any] = dict.fromkeys(schema["required"]) | {"message": 5}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)
