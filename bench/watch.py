"""So many running jobs through some minutes of their life, the clock moved: `python -m bench.watch N MINUTES`; figures as JSON."""

import json
import sys
import time
from datetime import timedelta

from bench import shop  # sets Django up

import psutil  # isort: skip
from kie import durations
from kie.catalogue import AIModel
from kie.durations import Duration
from reliability import clock, instance
from trt import work

STEP = timedelta(seconds=1)


def main(many: int, minutes: int) -> None:
    process = psutil.Process()
    shop.running(many)
    model = AIModel.objects.get(key=shop.MODEL)
    Duration.objects.create(model=model, low_s=30, median_s=60, high_s=90, successes=50, learnt_at=clock.now())
    assert durations.usual(model).high_s == 90
    idle_mb = process.memory_info().rss / 1e6
    moment, cpu_s = clock.now(), time.process_time()
    with clock.owned(lambda: moment):
        instance.beat("worker")
        for _ in range(int(timedelta(minutes=minutes) / STEP)):
            moment += STEP
            instance.beat("worker")
            work.drain(instance.me(), until=lambda: False)
    cost = {"cpu_s": time.process_time() - cpu_s, "rss_mb": process.memory_info().rss / 1e6, "idle_mb": idle_mb}
    sys.stdout.write(json.dumps(cost) + "\n")


main(int(sys.argv[1]), int(sys.argv[2]))
