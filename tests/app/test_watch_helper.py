"""Two processes answer what one would: the same findings in the same order, also when the second ends half-way."""

from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import timedelta

from app.bootstrap import Office
from app.sparing import SparingWatch
from app.watch_helper import Meeting, with_helper
from benchmarks.comments import END, make_comments
from benchmarks.watch import READER, write_city

QUESTIONS = [str(number) for number in range(50)]


def own(questions):
    return (f"own {question}" for question in questions)


def helped(questions):
    return [f"helped {question}" for question in questions]


class Broken(Executor):
    """A pool whose process ends with every piece of work that it is given."""

    def submit(self, work, /, *args):
        del work, args
        future = Future()
        future.set_exception(BrokenProcessPool())
        return future


def numbers(answers):
    return [answer.split()[1] for answer in answers]


def test_both_ends_of_the_list_meet_and_every_question_is_answered_once_in_order():
    with ThreadPoolExecutor(1) as pool:
        answers = list(Meeting(own, pool, QUESTIONS, helped).answers())

    assert numbers(answers) == QUESTIONS
    assert {answer.split()[0] for answer in answers} == {"own", "helped"}


def test_what_a_helper_that_ended_was_asked_is_answered_here(caplog):
    answers = list(Meeting(own, Broken(), QUESTIONS).answers())

    assert answers == [f"own {question}" for question in QUESTIONS]
    assert "goes on alone" in caplog.text


def test_a_helper_in_a_process_of_its_own_finds_the_same_and_keeps_its_part_of_the_daily_watch(tmp_path):
    """Two seconds: a Python process starts and opens the deployment."""
    names = [f"p{number}" for number in range(6)]
    found, streams = [], []
    for many in (2, 1000):
        folder = tmp_path / str(many)
        write_city(folder, names)
        office = Office(folder, {}, lambda: END + timedelta(days=1))
        office.index.add(make_comments(400, projects=names, model=READER))
        daily = office.daily_watch()
        around = replace(office.surroundings, daily=daily)
        watch = SparingWatch(office.watch_memory, office.alerts, office.index, around)
        asking = with_helper(watch.in_turn(office.rules, office.now()), office, around, office.now(), many)
        found.append(watch.run(tuple(office.register.projects.values()), office.rules, office.now(), asking=asking))
        daily.keep(office.now())
        streams.append({key: (one.bets, one.settled) for key, one in office.detectors.streams().items()})
        office.close()

    assert found[0] == found[1]
    assert streams[0] == streams[1]
    assert len(streams[0]) == 12
