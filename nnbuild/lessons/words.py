"""Words of nnbuild around lessons, by language: headings, commands and links."""

from __future__ import annotations

WORDS = {
    "en": {
        "heading": "{number}. {title}",
        "run": "Run it: `nnbuild learn {name}`. As a notebook: `nnbuild learn {name} --notebook {name}.ipynb`.",
        "solution": "Solution: nnbuild learn {name} --solution",
        "words": "Key words: {words}",
        "previous": "Previous: {link}",
        "next": "Next: {link}",
        "all": "All lessons",
        "file": "file {file}",
    },
    "zh": {
        "heading": "{number}. {title}",
        "run": "运行本课：`nnbuild learn {name} --lang zh`。"
        "写成笔记本：`nnbuild learn {name} --lang zh --notebook {name}.ipynb`。",
        "solution": "答案：nnbuild learn {name} --lang zh --solution",
        "words": "关键词：{words}",
        "previous": "上一课：{link}",
        "next": "下一课：{link}",
        "all": "全部课程",
        "file": "文件 {file}",
    },
}
COMMAS = {"en": ", ", "zh": "、"}
NOT_FIRST = "，。；：、！？）”"  # characters that begin no line
