"""The raw exchanges of boto3 clients, and whether they keep to the model that botocore has of the service."""

import json
import re
import xml.etree.ElementTree as ElementTree

from botocore.exceptions import ClientError

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
JSON_TYPES = {
    "string": str, "integer": int, "long": int, "boolean": bool, "timestamp": (int, float), "double": (int, float),
    "structure": dict, "map": dict, "list": list, "blob": str,
}


class Exchange:
    """One call, as it went over the wire."""

    def __init__(self, client, operation, **members):
        seen = []
        client.meta.events.register_last("after-call", lambda http_response, **_: seen.append(http_response), "seen")
        self.fault = None
        try:
            self.parsed = getattr(client, operation)(**members)
        except ClientError as error:
            self.parsed, self.fault = error.response, error.response["Error"]
        finally:
            client.meta.events.unregister("after-call", unique_id="seen")
        answer = seen[-1]
        self.status, self.headers = answer.status_code, answer.headers
        self.model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
        self.service = client.meta.service_model
        streams = self.model.has_streaming_output and not self.fault
        self.body = b"" if streams else answer.content

    def keeps_to_the_model(self):
        """Fails when the answer is not one that the model allows; what goes without saying is checked too."""
        protocol = self.service.resolved_protocol
        if protocol == "rest-xml":
            assert re.fullmatch("[0-9A-F]{16}", self.headers["x-amz-request-id"]) and self.headers["x-amz-id-2"]
        else:
            assert UUID.fullmatch(self.headers["x-amzn-requestid"])
        if self.fault:
            return self._is_a_fault(protocol)
        assert self.status == self.model.http.get("responseCode", 200) or self.status in (202, 204, 206)
        shape = self.model.output_shape
        if shape is None or not self.body:
            return None
        payload = shape.serialization.get("payload")
        shape = shape.members[payload] if payload else shape
        if shape.type_name != "structure":
            return None
        if "json" in protocol:
            return fits(json.loads(self.body), shape, self.model.name)
        document = ElementTree.fromstring(self.body)
        if protocol == "query":
            assert document.tag == f"{{{document.tag[1:].split('}')[0]}}}{self.model.name}Response"
            document = next((child for child in document if local(child) == f"{self.model.name}Result"), ())
        return fits_xml(document, shape, self.model.name)

    def _is_a_fault(self, protocol):
        kind = {"rest-xml": "application/xml", "query": "text/xml", "json": "application/x-amz-json-1.1"}
        assert self.headers["content-type"] == kind.get(protocol, "application/json")
        if self.model.http["method"] == "HEAD":
            assert not self.body
        elif protocol == "rest-json":
            assert self.headers["x-amzn-errortype"] == self.fault["Code"] and json.loads(self.body)["message"]
        elif protocol == "json":
            assert json.loads(self.body)["__type"] == self.fault["Code"]
        elif protocol == "rest-xml":
            names = [local(child) for child in ElementTree.fromstring(self.body)]
            assert names[:2] == ["Code", "Message"] and names[-2:] == ["RequestId", "HostId"]
        else:
            assert ElementTree.fromstring(self.body)[0][0].text == ("Sender" if self.status < 500 else "Receiver")
        for shape in self.model.error_shapes:
            if shape.error_code == self.fault["Code"]:
                assert self.status == shape.metadata.get("error", {}).get("httpStatusCode", self.status), self.fault

    def says(self, pattern):
        """Whether the pattern is found in the answer, spelled as status, headers and body."""
        headers = "\n".join(f"{name.lower()}: {value}" for name, value in self.headers.items())
        return re.search(pattern, f"{self.status}\n{headers}\n\n{self.body.decode()}", re.MULTILINE)


def local(element):
    return element.tag.rsplit("}", 1)[-1]


def fits(value, shape, where):
    """That JSON has the members and types of the shape and no others."""
    if value is None:
        return
    assert isinstance(value, JSON_TYPES[shape.type_name]), f"{where} is no {shape.type_name}: {value!r}"
    if shape.type_name == "structure":
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        names = {name: member for name, member in names.items() if member.serialization.get("location") is None}
        assert set(value) <= set(names), f"{where}: {set(value) - set(names)}"
        # AWS: a function without code signing has no ARN of it, whatever the model says.
        missing = set(shape.required_members) - set(value) - {"CodeSigningConfigArn"}
        assert not missing, f"{where}: {missing}"
        for name, member in value.items():
            fits(member, names[name], f"{where}.{name}")
    elif shape.type_name == "list":
        for member in value:
            fits(member, shape.member, f"{where}[]")
    elif shape.type_name == "map":
        for member in value.values():
            fits(member, shape.value, f"{where}{{}}")


def fits_xml(element, shape, where):
    """That XML has the elements of the shape and no others, and text where the shape has it."""
    if shape.type_name == "structure":
        names = {}
        for name, member in shape.members.items():
            flat = member.type_name == "list" and member.serialization.get("flattened")
            inner = member.member.serialization.get("name") if flat else None
            names[inner or member.serialization.get("name", name)] = (member, flat)
        for child in element:
            assert local(child) in names, f"{where} has a {local(child)}"
            member, flat = names[local(child)]
            fits_xml(child, member.member if flat else member, f"{where}.{local(child)}")
    elif shape.type_name == "list":
        for child in element:
            assert local(child) == shape.member.serialization.get("name", "member"), f"{where}: {local(child)}"
            fits_xml(child, shape.member, f"{where}[]")
    elif shape.type_name in ("integer", "long"):
        assert re.fullmatch(r"-?\d+", element.text or ""), f"{where}: {element.text!r}"
    elif shape.type_name == "boolean":
        assert element.text in ("true", "false"), f"{where}: {element.text!r}"
    elif shape.type_name == "timestamp":
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", element.text or ""), f"{where}: {element.text!r}"
