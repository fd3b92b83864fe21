"""One Idempotency-Key, one piece of work, one answer."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from backoffice.kernel import idempotency, tasks
from backoffice.kernel.errors import Refusal
from backoffice.kernel.idempotency import Answer, Busy, answer_once, fingerprint
from backoffice.kernel.models import AuditEntry, IdempotencyRecord


class Work:
    """Leaves one audit entry behind and answers with a number."""

    def __init__(self, now, *, fails=False):
        self.now, self.fails, self.runs = now, fails, 0

    def __call__(self):
        self.runs += 1
        AuditEntry.objects.create(at=self.now, actor_label="test", verb="work", subject="x")
        if self.fails:
            raise RuntimeError("the work broke")
        return Answer(200, {"number": self.runs})


def ask(work, now, *, key="k", scope="key:1", request_hash="h"):
    return answer_once(key_scope=scope, key=key, request_hash=request_hash, work=work, now=now)


def test_the_same_request_gets_the_same_answer_and_works_once(db, now):
    work = Work(now)
    assert ask(work, now) == ask(work, now + timedelta(days=1)) == Answer(200, {"number": 1})
    assert work.runs == AuditEntry.objects.count() == 1


def test_the_key_of_another_request_is_refused_and_nothing_is_done(db, now):
    work = Work(now)
    ask(work, now)
    with pytest.raises(Refusal) as caught:
        ask(work, now, request_hash="another")
    assert caught.value.code == idempotency.REUSED
    assert work.runs == IdempotencyRecord.objects.count() == 1


def test_two_machines_may_choose_the_same_key(db, now):
    work = Work(now)
    assert ask(work, now, scope="key:1") != ask(work, now, scope="key:2")


def test_work_that_breaks_leaves_nothing_and_can_be_asked_for_again(db, now):
    with pytest.raises(RuntimeError):
        ask(Work(now, fails=True), now)
    assert not AuditEntry.objects.exists()
    assert not IdempotencyRecord.objects.exists()
    assert ask(Work(now), now).status == 200


def test_old_answers_are_forgotten(db, now):
    ask(Work(now), now)
    assert idempotency.forget(before=now) == 0
    assert idempotency.forget(before=now + timedelta(seconds=1)) == 1


def test_the_beat_keeps_an_answer_for_a_month(db):
    work = Work(timezone.now())
    ask(work, timezone.now() - timedelta(days=31), key="old")
    ask(work, timezone.now() - timedelta(days=29), key="young")
    tasks.forget_answers()
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["young"]


def test_the_fingerprint_depends_on_path_and_body_and_not_on_the_order_of_fields():
    same = fingerprint(path="/a", body={"x": "1", "y": "2"})
    assert same == fingerprint(path="/a", body={"y": "2", "x": "1"})
    assert len({same, fingerprint(path="/b", body={"x": "1", "y": "2"}), fingerprint(path="/a", body={"x": "1"})}) == 3
    assert len(same) == 64


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_running_the_second_is_told_to_wait(now):
    started, may_end = threading.Event(), threading.Event()
    answers = []

    def slow():
        started.set()
        assert may_end.wait(10)
        return Answer(200, {"number": 1})

    def first():
        try:
            answers.append(ask(slow, now))
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert started.wait(10)
    second = Work(now)
    with pytest.raises(Busy):
        ask(second, now)
    may_end.set()
    thread.join(10)
    assert second.runs == 0
    assert ask(second, now) == answers[0] == Answer(200, {"number": 1})


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_would_work(now, monkeypatch):
    """The twin of the test above: the race happens as soon as the guard is off."""
    monkeypatch.setattr(idempotency, "_locked", lambda key_scope, key: True)
    both = threading.Barrier(2, timeout=10)
    ran, broken = [], []

    def work():
        both.wait()
        ran.append(1)
        return Answer(200, {})

    def one():
        try:
            ask(work, now)
        except Exception as error:
            broken.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(ran) == 2
    assert len(broken) == 1, "the unique key is the last line: one of the two answers breaks"
