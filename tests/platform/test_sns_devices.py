"""Devices, text messages and mails: nobody is bothered, and a developer reads what was sent."""

import json
import uuid

import pytest

from house import eventually, fails
from test_sns import name


@pytest.fixture(scope="module")
def sns(platform):
    return platform.client("sns")


def outbox(platform, to):
    """What was sent to somebody, newest first."""
    lines = platform.dayfly("outbox", "--json", "--limit", "1000").stdout.splitlines()
    return [sent for sent in map(json.loads, lines) if sent["To"] == to]


def test_a_device_is_made_known_and_sent_to(sns, platform):
    called = name()
    application = sns.create_platform_application(
        Name=called, Platform="GCM", Attributes={"PlatformCredential": "secret"}
    )["PlatformApplicationArn"]
    assert application == f"arn:aws:sns:us-east-1:000000000000:app/GCM/{called}"
    assert sns.get_platform_application_attributes(PlatformApplicationArn=application)["Attributes"] == {}
    device = sns.create_platform_endpoint(PlatformApplicationArn=application, Token="t")["EndpointArn"]
    assert sns.create_platform_endpoint(PlatformApplicationArn=application, Token="t")["EndpointArn"] == device
    told = fails(
        "InvalidParameter", sns.create_platform_endpoint,
        PlatformApplicationArn=application, Token="t", CustomUserData="other",
    )
    assert told.endswith("already exists with the same Token, but different attributes.")
    assert sns.get_endpoint_attributes(EndpointArn=device)["Attributes"] == {"Token": "t", "Enabled": "true"}
    (shown,) = sns.list_endpoints_by_platform_application(PlatformApplicationArn=application)["Endpoints"]
    assert shown["EndpointArn"] == device
    sns.publish(TargetArn=device, Message=json.dumps({"default": "d", "GCM": "g"}), MessageStructure="json")
    (sent,) = outbox(platform, device)
    assert (sent["Body"], sent["Protocol"]) == ("g", "application")
    sns.set_endpoint_attributes(EndpointArn=device, Attributes={"Enabled": "false"})
    assert fails("EndpointDisabled", sns.publish, TargetArn=device, Message="m") == "Endpoint is disabled"
    sns.delete_endpoint(EndpointArn=device)
    assert fails("NotFound", sns.get_endpoint_attributes, EndpointArn=device) == "Endpoint does not exist"
    sns.delete_platform_application(PlatformApplicationArn=application)
    fails("NotFound", sns.get_platform_application_attributes, PlatformApplicationArn=application)


def test_text_messages_have_settings_and_a_sandbox(sns, platform):
    sns.set_sms_attributes(attributes={"DefaultSMSType": "Transactional"})
    assert sns.get_sms_attributes()["attributes"]["DefaultSMSType"] == "Transactional"
    fails("InvalidParameter", sns.set_sms_attributes, attributes={"Speed": "fast"})
    number = f"+1555{uuid.uuid4().int % 10**7:07}"
    assert sns.check_if_phone_number_is_opted_out(phoneNumber=number)["isOptedOut"] is False
    fails("ResourceNotFound", sns.verify_sms_sandbox_phone_number, PhoneNumber=number, OneTimePassword="123456")
    status = lambda: [one["Status"] for one in sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"] if one["PhoneNumber"] == number]
    sns.create_sms_sandbox_phone_number(PhoneNumber=number)
    assert status() == ["Pending"]
    sns.verify_sms_sandbox_phone_number(PhoneNumber=number, OneTimePassword="123456")
    assert status() == ["Verified"]
    sns.delete_sms_sandbox_phone_number(PhoneNumber=number)
    assert status() == []
    assert sns.get_sms_sandbox_account_status()["IsInSandbox"] is True
    assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == []
    sns.publish(PhoneNumber=number, Message="text")
    assert [sent["Body"] for sent in outbox(platform, number)] == ["text"]
