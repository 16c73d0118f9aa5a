"""Identifiers: unlike each other within a process and beside its forks, and of the form they promise."""

from __future__ import annotations

import os
import random
import re
import time
import uuid

import pytest

from modeldb.core import ids

KINDS = {ids.new_run_id: r"r-[0-9a-f]{16}", ids.new_model_id: r"m-[0-9a-f]{16}", ids.new_action_id: r"[0-9a-f-]{36}"}


@pytest.mark.parametrize("make", KINDS)
def test_identifiers_do_not_repeat(make):
    made = [make() for _ in range(20_000)]
    assert len(set(made)) == len(made)
    assert all(re.fullmatch(KINDS[make], one) for one in made)


@pytest.mark.parametrize("make", [ids.new_run_id, ids.new_model_id])
def test_a_few_digits_tell_identifiers_apart(make):
    assert len({make()[2:10] for _ in range(2_000)}) >= 1_999


def test_an_action_is_named_by_a_uuid_of_the_moment_it_began():
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(ids.new_action_id())
    assert made.version == 7 and made.variant == uuid.RFC_4122
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000


def test_identifiers_leave_the_scripts_random_state_alone():
    random.seed(1)
    state = random.getstate()
    ids.new_action_id()
    assert random.getstate() == state


def test_a_forked_child_gives_out_other_identifiers():
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, ids.new_model_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 100).decode() not in {ids.new_model_id() for _ in range(100)}
