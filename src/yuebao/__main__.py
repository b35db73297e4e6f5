"""``python -m yuebao``."""

from yuebao.cli import main

main()
