"""The stages of a run, in order; what a progress bar counts."""

STAGES = ("读取报表", "检查", "运行笔记本", "装订成书", "下载文件与检索", "核对成书")
