"""What the gateway says of its contract, judged by tools that we did not write."""

import json
import subprocess

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from house import ROOT
from test_clients import COMPUTE_DUE, DUE


@pytest.fixture(scope="module")
def openapi(url):
    answer = httpx.get(f"{url}/openapi.json")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    return answer.json()


def test_openapi_is_valid(openapi):
    assert [error.message for error in OpenAPIV31SpecValidator(openapi).iter_errors()] == []


def test_an_answer_has_the_form_that_openapi_says(url, openapi):
    import jsonschema

    answer = httpx.post(f"{url}/{COMPUTE_DUE}", json=DUE)
    schema = {"$ref": "#/components/schemas/onedoor.catalogue.v1.ComputeDueResponse",
              "components": openapi["components"]}
    jsonschema.Draft202012Validator(schema).validate(answer.json())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate({"due": 1})


def test_the_proto_files_compile(url, tmp_path):
    names = httpx.get(f"{url}/proto/").text.split()
    for name in names:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(httpx.get(f"{url}/proto/{name}").content)
        assert target.read_bytes() == (ROOT / "Proto" / name).read_bytes()
    subprocess.run(["protoc", "-I", ".", "-I", "/usr/include", f"--python_out={tmp_path}", *names],
                   cwd=tmp_path, check=True)


def test_a_tag_saves_the_body(url):
    first = httpx.get(f"{url}/openapi.json")
    again = httpx.get(f"{url}/openapi.json", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert json.loads(first.content)["openapi"] == "3.1.0"
    assert httpx.get(f"{url}/proto/onedoor/feed/v1/feed.proto").status_code == 404
