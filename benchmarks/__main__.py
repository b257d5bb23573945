"""All benchmarks, one after another: python -m benchmarks (make bench). Each prints its own table."""

from benchmarks import rerun_latency

rerun_latency.main()
