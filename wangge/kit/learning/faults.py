"""What can be wrong with examples and model files, said in both languages."""

from __future__ import annotations

from wangge.kit.errors import Problem


class NothingToLearn(Problem):
    """No examples, or all of one label: there is nothing to tell apart."""

    code = "nothing_to_learn"
    status = 422
    title_zh = "没有可学习的内容"
    title_en = "Nothing to learn"


class ModelUnreadable(Problem):
    """Not a model file of ours, of another version, cut off or changed."""

    code = "model_unreadable"
    status = 422
    title_zh = "模型文件无法读取"
    title_en = "The model cannot be read"


class LearningStopped(Problem):
    """Whoever asked for the model stopped the work."""

    code = "learning_stopped"
    status = 409
    title_zh = "训练已停止"
    title_en = "Learning was stopped"
