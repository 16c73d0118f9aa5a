"""What looks like a secret is not written down; what does not, is."""

from __future__ import annotations

import pytest

from modeldb.client.secrets import is_secret_name, mask_arguments, mask_text


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["--password=hunter2"], ["--password=***"]),
        (["--db-password", "hunter2", "train.csv"], ["--db-password", "***", "train.csv"]),
        (["--token", "abc", "--lr", "0.1"], ["--token", "***", "--lr", "0.1"]),
        (["--api-key=k", "--apiKey=k"], ["--api-key=***", "--apiKey=***"]),
        (["AWS_SECRET_ACCESS_KEY=k"], ["AWS_SECRET_ACCESS_KEY=***"]),
        (["+db.password=k", "++auth.token=k"], ["+db.password=***", "++auth.token=***"]),
        (["postgres://me:pw@host/db"], ["postgres://me:***@host/db"]),
        (["--url=https://h/x?token=abc&page=2"], ["--url=https://h/x?token=***&page=2"]),
        (["https://ghp_0123456789abcdefghij@host/x"], ["https://***@host/x"]),
        (["sk-proj-0123456789abcdefghij"], ["***"]),
        (["--key", "AKIAABCDEFGHIJKLMNOP"], ["--key", "***"]),
        (["--header", "Authorization: Bearer eyJhbGciOi.eyJzdWIiOi.c2ln"], ["--header", "Authorization: Bearer ***"]),
        (["--config", "password: hunter2"], ["--config", "password: ***"]),
    ],
)  # fmt: skip
def test_secrets_of_a_command_line_are_masked(given: list[str], kept: list[str]) -> None:
    assert mask_arguments(given) == kept


@pytest.mark.parametrize(
    "arguments",
    [
        ["train.py", "--lr", "0.1", "--key-column", "id"],
        ["--max-tokens=512", "--max-tokens", "512", "--tokenizer", "bpe", "--n-tokens-per-batch=4"],
        ["--author=me", "--passes", "3", "--secretary=x", "key=value"],
        ["s3://bucket/path@v1", "https://host:8080/a?page=2", "user@host", "a:b@c"],
        ["--passthrough", "x", "--monkey=y"],
    ],
)  # fmt: skip
def test_the_rest_of_a_command_line_stays(arguments: list[str]) -> None:
    assert mask_arguments(arguments) == arguments


def test_a_flag_that_takes_no_value_does_not_hide_the_next_option() -> None:
    assert mask_arguments(["--use-auth", "--lr", "1"]) == ["--use-auth", "--lr", "1"]


def test_messages_lose_what_is_given_to_secret_names() -> None:
    text = "cannot connect to mysql://u:pw@h/d: password='hunter2', max_tokens=5"
    assert mask_text(text) == "cannot connect to mysql://u:***@h/d: password=***, max_tokens=5"


def test_names() -> None:
    assert all(map(is_secret_name, ["PASSWORD", "db_passwd", "--token", "HF_TOKEN", "dbPassword", "private-key"]))
    assert not any(map(is_secret_name, ["OMP_NUM_THREADS", "tokenizer", "keyboard", "passive", "n_tokens"]))
