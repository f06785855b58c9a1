"""How much a neighbour feels of a hostile function: its calls' latency beside each hog, against the same without.

    python bench/neighbours.py [calls]      # needs what tests/platform/requirements.txt lists; as root for real limits
"""

import json
import pathlib
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/platform"))

from house import Platform

# Each is started four times at once, on a size that gives two CPUs, and runs into its time limit again and again.
HOGS = {
    "nothing": None,
    "CPU": "while True:\n        pass",
    "memory": "held = []\n    while True:\n        held.append(bytes(range(256)) * 4096 * 64)",
    "processes": "import os\n    while True:\n        try:\n            os.fork()\n        except OSError:\n            pass",
    "log": "import os\n    while True:\n        os.write(1, b'a line of a flood\\n' * 200)",
    "files": "import os\n    block = bytes(1 << 20)\n    while True:\n        with open('/tmp/x', 'wb') as file:\n"
    "            try:\n                while True:\n                    file.write(block)\n            except OSError:\n                pass",
}
AT_ONCE, SIZE = 4, 3538


def spans(platform, name, calls):
    """Milliseconds of each call."""
    client = platform.client("lambda")
    spans = []
    for number in range(calls):
        began = time.perf_counter()
        answer = client.invoke(FunctionName=name, Payload=b"1")
        spans.append((time.perf_counter() - began) * 1000)
        assert answer["Payload"].read() == b"1", number
    return spans


def hogging(platform, name, stop):
    client = platform.client("lambda")
    while not stop.is_set():
        client.invoke(FunctionName=name, Payload=b"{}")["Payload"].read()


def main(calls):
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform(pathlib.Path(folder) / "data").start()
        try:
            platform.function("neighbour", "def handler(event, context):\n    return event\n", MemorySize=1769)
            spans(platform, "neighbour", 50)
            alone = None
            for name, work in HOGS.items():
                stop, threads = threading.Event(), []
                if work:
                    code = f"def handler(event, context):\n    {work}\n"
                    platform.function(name, code, Timeout=10, MemorySize=SIZE if name != "memory" else 512)
                    threads = [threading.Thread(target=hogging, args=(platform, name, stop)) for _ in range(AT_ONCE)]
                    for thread in threads:
                        thread.start()
                    time.sleep(2)
                found = sorted(spans(platform, "neighbour", calls))
                stop.set()
                for thread in threads:
                    thread.join()
                middle, late = statistics.median(found), found[int(len(found) * 0.99)]
                alone = alone or middle
                print(json.dumps({"Beside": name, "P50": round(middle, 2), "P99": round(late, 2), "Ratio": round(middle / alone, 2)}), flush=True)
        finally:
            platform.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
