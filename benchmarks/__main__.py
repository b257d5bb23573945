"""All benchmarks of one sitting, one after another: python -m benchmarks (make bench). Each writes its section.

The quick presets, which train for minutes, are on their own: python -m benchmarks.live_preset.
"""

from benchmarks import course_recipe, rerun_latency, training_speed

training_speed.main()
course_recipe.main()
rerun_latency.main()
