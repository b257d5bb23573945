"""Home: noise becomes sprites at once, and three ways on."""

from ui import lesson
from ui.guard import guard
from ui.views import home

lesson.show_header("home")
with guard():
    home.draw_hero()
with guard():
    home.draw_story()
