"""The losses of both phases. Jiao et al. 2020, eq. 7 to 10.

Those of the `tuned` style are distill's: pooled over the real tokens of a step, so a batch has the
same loss whatever it was padded to. Those of the `tinybert` style are its published code's: means
over everything, padding included, scores of -100 and less counted as 0.
"""

import torch
from torch import nn
from torch.nn import functional as F


def uniform_map(student_layers, teacher_layers):
    """g(m) = floor(m N / M + 1/2) for m = 0 to M: which teacher state student state m imitates."""
    return [
        (2 * m * teacher_layers + student_layers) // (2 * student_layers)
        for m in range(student_layers + 1)]


def mask_of(valid, ids=None):
    """[B, 1, 1, L], to be added to scores; None where nothing is padded and no `ids` are given."""
    if valid is None:
        if ids is None:
            return None
        valid = torch.ones_like(ids, dtype=torch.bool)
    return (1.0 - valid[:, None, None, :].float()) * -10000.0


def published_attention_loss(scores, target):
    """[B, H, L, L] twice -> mean squared difference, scores hidden by the mask counted as 0."""
    zeros = torch.zeros_like(scores)
    return F.mse_loss(
        torch.where(scores <= -1e2, zeros, scores), torch.where(target <= -1e2, zeros, target))


def hidden_loss(projected, target, valid):
    """[B, L, C] twice, valid [B, L] -> mean squared difference over real tokens and channels."""
    if valid is None:
        return F.mse_loss(projected, target)
    difference = torch.where(valid[..., None], projected - target, 0.0).float()
    return difference.square().sum() / (valid.sum() * target.shape[-1])


def attention_loss(scores, target, valid):
    """[B, H, L, L] twice -> mean squared difference over heads and pairs of real tokens."""
    if valid is None:
        return F.mse_loss(scores, target)
    pairs = (valid[:, :, None] & valid[:, None, :])[:, None]
    difference = torch.where(pairs, scores - target, 0.0).float()
    return difference.square().sum() / (valid.sum(1).square().sum() * target.shape[1])


class Intermediate(nn.Module):
    """The layer-wise loss; one projection, with bias, shared by all states."""

    def __init__(self, student, teacher):
        super().__init__()
        self.student = student
        self.teacher = [teacher]  # in a list: its weights are none of this module's parameters
        self.map = uniform_map(student.shape.layers, teacher.shape.layers)
        self.projection = nn.Linear(student.shape.width, teacher.shape.width)

    def forward(self, ids, types, valid):
        is_published = self.student.style == "tinybert"
        mask = mask_of(valid, ids if is_published else None)
        with torch.no_grad():
            t_hidden, t_scores = self.teacher[0](ids, types, mask)
        s_hidden, s_scores = self.student(ids, types, mask)
        loss = 0.0
        if is_published:
            for m, n in enumerate(self.map):
                loss = loss + F.mse_loss(self.projection(s_hidden[m]), t_hidden[n])
                if m:
                    loss = loss + published_attention_loss(s_scores[m - 1], t_scores[n - 1])
            return loss
        for m, n in enumerate(self.map):
            loss = loss + hidden_loss(self.projection(s_hidden[m]), t_hidden[n], valid)
            if m:
                loss = loss + attention_loss(s_scores[m - 1], t_scores[n - 1], valid)
        return loss


class Prediction(nn.Module):
    """Soft cross-entropy, mean over examples, against the logits of the teacher, which runs along."""

    def __init__(self, student, teacher):
        super().__init__()
        self.student = student
        self.teacher = [teacher]

    def forward(self, ids, types, valid):
        mask = mask_of(valid, ids if self.student.style == "tinybert" else None)
        with torch.no_grad():
            teacher = self.teacher[0]
            target = teacher.classify(teacher(ids, types, mask, scored=False)[0])
        logits = self.student.classify(self.student(ids, types, mask, scored=False)[0])
        return F.cross_entropy(logits.float(), torch.softmax(target.float(), -1))


class Tokens(nn.Module):
    """What the logits of tokens, [B, L, K], are trained by: `token-classification` or
    `question-answering`, against a teacher that runs along or, without one, against `targets`.

    `targets` of tagging: classes [B, L], -100 where none is asked for; of answers: first and last
    token [B, 2]. Means over words, or over rows and both ends; a softmax over tokens leaves padding out.
    """

    def __init__(self, task, student, teacher=None):
        super().__init__()
        self.task = task
        self.student = student
        self.teacher = [teacher]

    def forward(self, ids, types, valid, targets):
        mask = mask_of(valid, ids if self.student.style == "tinybert" else None)
        teacher, known = self.teacher[0], None
        if teacher is not None:
            with torch.no_grad():
                known = teacher.classify(teacher(ids, types, mask, scored=False)[0]).float()
        logits = self.student.classify(self.student(ids, types, mask, scored=False)[0]).float()
        if self.task == "question-answering":
            padding = ~valid[..., None]
            logits = logits.masked_fill(padding, -1e9).transpose(1, 2)
            if known is None:
                return F.cross_entropy(logits.flatten(0, 1), targets.flatten())
            known = known.masked_fill(padding, -1e9).transpose(1, 2)
            return F.cross_entropy(logits.flatten(0, 1), torch.softmax(known, -1).flatten(0, 1))
        logits, asked = logits.flatten(0, 1), targets.flatten()
        if known is None:
            return F.cross_entropy(logits, asked)
        each = F.cross_entropy(logits, torch.softmax(known, -1).flatten(0, 1), reduction="none")
        asked = asked != -100
        return torch.where(asked, each, 0.0).sum() / asked.sum()


class HuggingFace(nn.Module):
    """Fine-tuning as transformers' own class for the task has it."""

    def __init__(self, task, folder, classes):
        super().__init__()
        from transformers import AutoModelForQuestionAnswering, AutoModelForTokenClassification

        self.task = task
        self.student = (
            AutoModelForQuestionAnswering.from_pretrained(folder)
            if task == "question-answering" else
            AutoModelForTokenClassification.from_pretrained(folder, num_labels=classes)).train()

    def forward(self, ids, types, valid, targets):
        batch = dict(input_ids=ids, token_type_ids=types, attention_mask=valid.long())
        if self.task == "question-answering":
            batch |= dict(start_positions=targets[:, 0], end_positions=targets[:, 1])
        else:
            batch |= dict(labels=targets)
        return self.student(**batch).loss
