"""Says hello, and where it runs."""

import platform


def handler(event, context):
    return {"hello": event.get("name", "world"), "from": f"Python {platform.python_version()}"}
