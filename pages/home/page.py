"""Home: noise becomes sprites at once, and three ways on."""

from pages.home import exhibit
from ui import lesson
from ui.guard import guard

lesson.show_header("home")
with guard():
    exhibit.draw_hero()
with guard():
    exhibit.draw_story()
