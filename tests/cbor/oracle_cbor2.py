# Decodes a line of hexadecimal bytes by cbor2, tells the value as JSON, and encodes it again: "JSON TAB hex".
# What cbor2 refuses is told as "!". Ends with its input.
import datetime
import io
import json
import resource
import struct
import sys

import cbor2
from cbor2.types import FrozenDict

# Some versions make room for as many items as bytes only declare.
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
# An answer is not lost if the next line ends this process.
sys.stdout.reconfigure(line_buffering=True)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def told(value):
    if value is None or value is True or value is False:
        return value
    if value is cbor2.undefined:
        return {"undefined": True}
    if isinstance(value, int):
        return {"integer": str(value)}
    if isinstance(value, float):
        return {"float": struct.pack(">d", value).hex()}
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, (list, tuple)):
        return [told(item) for item in value]
    if isinstance(value, (dict, FrozenDict)):
        return {"map": [[told(key), told(item)] for key, item in value.items()]}
    if isinstance(value, (set, frozenset)):
        return {"set": [told(item) for item in value]}
    if isinstance(value, datetime.datetime):
        return {"microseconds": (value - EPOCH) // datetime.timedelta(microseconds=1)}
    if isinstance(value, cbor2.CBORTag):
        return {"tag": value.tag, "value": told(value.value)}
    return {"other": type(value).__name__}


def decoded(line):
    stream = io.BytesIO(bytes.fromhex(line))
    value = cbor2.CBORDecoder(stream).decode()
    if stream.read(1):
        raise ValueError("bytes follow the item")
    return value


for number, line in enumerate(sys.stdin):
    try:
        value = decoded(line)
    except Exception:  # whatever it raises is how it refuses
        print("!")
        continue
    try:
        # Every other time as short as can be: floats of 16 and 32 bits, keys in order.
        encoded = cbor2.dumps(value, datetime_as_timestamp=True, canonical=number % 2 == 1)
    except cbor2.CBOREncodeError:  # what it reads but cannot write, such as a break code
        encoded = b""
    print(json.dumps(told(value)) + "\t" + encoded.hex())
