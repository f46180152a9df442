"""Answers what the package cronsim says about cron expressions.

Reads lines of `expression <tab> zone <tab> start <tab> count` and answers each with one line: the next `count` times
after the start as seconds since the Unix epoch, with blanks between, or `error`, where the expression is refused.
The first line of the answer is the release of the time-zone data.

Times are seconds since the Unix epoch. The time-zone data is that of the package tzdata, never the machine's.
"""

import sys
import zoneinfo
from datetime import datetime, timezone

import tzdata
from cronsim import CronSim, CronSimError

zoneinfo.reset_tzpath(to=[])


def answer(line):
    expression, zone, start, count = line.rstrip("\n").split("\t")
    zone = timezone.utc if zone == "UTC" else zoneinfo.ZoneInfo(zone)
    start = datetime.fromtimestamp(int(start), timezone.utc).astimezone(zone)
    try:
        slots = CronSim(expression, start)
    except CronSimError:
        return "error"
    # The iterator ends, without saying so, where nothing comes for fifty years.
    found = [next(slots, None) for _ in range(int(count))]
    return " ".join(str(int(slot.timestamp())) for slot in found if slot is not None)


def main():
    print(tzdata.IANA_VERSION)
    for line in sys.stdin:
        print(answer(line))


main()
