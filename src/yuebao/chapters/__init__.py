"""What each chapter shows: functions from a chapter's tables to the pieces of its page."""
