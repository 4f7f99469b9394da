"""The contract: the documented example of the synchronous call, key for key, and its answer.

platform.qianwenai.com/docs, "Wan 2.6, synchronous call" (2026-11-22). Addresses are shortened.
"""

import json
from typing import Any

from imagegen.model import Call, Made
from imagegen.wan import answers, requests
from imagegen.wan.requests import Generation

WORDS = "参考图1的风格和图2的背景，生成番茄炒蛋"
LINKS = ("https://cdn.wanx.aliyuncs.com/style.png", "https://cdn.wanx.aliyuncs.com/background.png")
RESULT = "https://dashscope-result.oss-cn-shanghai.aliyuncs.com/1.png?Expires=1764000000&Signature=x"
REQUEST_ID = "a3f4befe-cacd-49c9-8298-xxxxxx"

BODY: dict[str, Any] = {
    "model": "wan2.6-image",
    "input": {
        "messages": [
            {"role": "user", "content": [{"text": WORDS}, {"image": LINKS[0]}, {"image": LINKS[1]}]},
        ],
    },
    "parameters": {
        "prompt_extend": True,
        "watermark": False,
        "n": 1,
        "enable_interleave": False,
        "size": "1K",
    },
}
ANSWER = {
    "output": {
        "choices": [
            {"finish_reason": "stop", "message": {"role": "assistant", "content": [{"image": RESULT, "type": "image"}]}}
        ],
        "finished": True,
    },
    "usage": {"image_count": 1, "input_tokens": 0, "output_tokens": 0, "size": "1376*768", "total_tokens": 0},
    "request_id": REQUEST_ID,
}


def example(seed: int | None = None) -> Generation:
    return Generation("wan2.6-image", WORDS, LINKS, 1, "1K", "", seed, enhance=True, watermark=False)


def test_the_documented_request_is_built_key_for_key() -> None:
    request = requests.generation_request(example(), Call.SYNC)

    assert (request.method, request.path) == ("POST", "/services/aigc/multimodal-generation/generation")
    assert request.headers == {"Content-Type": "application/json"}
    assert json.loads("".join(request.body)) == BODY


def test_the_documented_answer_is_read_completely() -> None:
    made = answers.read_made(200, {}, json.dumps(ANSWER).encode())

    assert made == Made((RESULT,), 1, "1376*768", REQUEST_ID)


def test_a_seed_adds_one_parameter_and_nothing_else() -> None:
    body = json.loads("".join(requests.generation_request(example(seed=7), Call.SYNC).body))

    assert body["parameters"].pop("seed") == 7
    assert body == BODY
