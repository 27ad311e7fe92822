"""Checks that the peers compute what they claim, on tiny models in float64.

    python -m unittest check_peers

The reference is Tests/Oracles/bert.py, one sequence at a time without padding, and the losses
written out over real tokens. The peers sum losses in single precision.
"""

import math
import pathlib
import sys
import unittest

import torch

import limit
import recipe
import report
from peers import augmentation, batches, bert, losses

sys.path.append(str(pathlib.Path(__file__).parents[1] / "Oracles"))
import bert as oracle  # noqa: E402  (Tests/Oracles/bert.py; ours is peers.bert)

TEACHER = bert.Shape(layers=4, width=12, inner=20, heads=2, vocabulary=30, positions=12)
STUDENT = bert.Shape(layers=2, width=8, inner=12, heads=2, vocabulary=30, positions=12)
ROWS = [[5, 9, 3, 7, 11], [4], [8, 2, 6], [1, 28, 17, 3, 3, 9, 12]]


def model(shape, labels=None, of_tokens=False):
    """Drawn large enough for every part to matter, biases too; without dropout."""
    result = bert.Bert(shape, labels, of_tokens=of_tokens).double().eval()
    with torch.no_grad():
        for name, values in result.named_parameters():
            values.normal_(1.0 if name.endswith("norm.weight") else 0.0, 0.3)
    return result


def in_oracle(encoder):
    """Parameters under the names of Hugging Face, and the configuration."""
    weights = {
        key if key.startswith("classifier") else f"bert.{bert.hugging_face_name(key)}": value
        for key, value in encoder.state_dict().items()}
    shape = encoder.shape
    return weights, dict(
        layer_norm_eps=1e-12, hidden_act="gelu", num_attention_heads=shape.heads,
        num_hidden_layers=shape.layers)


def states(encoder, row):
    weights, config = in_oracle(encoder)
    ids = torch.tensor(row)
    return oracle.encode(weights, config, ids, torch.zeros_like(ids))


def logits(encoder, row):
    weights, _ = in_oracle(encoder)
    return oracle.classify(weights, oracle.pool(weights, states(encoder, row)[0]), "hf")


class Losses(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(3)

    def test_layer_wise_loss_of_padded_rows_is_the_formula_over_real_tokens(self):
        teacher, student = model(TEACHER), model(STUDENT)
        objective = losses.Intermediate(student, teacher).double()
        w, b = objective.projection.weight.detach(), objective.projection.bias.detach()
        tokens, pairs = sum(map(len, ROWS)), sum(len(row) ** 2 for row in ROWS)
        expected = 0.0
        for row in ROWS:
            s_hidden, s_scores = states(student, row)
            t_hidden, t_scores = states(teacher, row)
            for s, t in ((0, 0), (1, 2), (2, 4)):
                difference = s_hidden[s] @ w.T + b - t_hidden[t]
                expected += difference.square().sum().item() / (tokens * TEACHER.width)
            for s, t in ((1, 2), (2, 4)):
                difference = s_scores[s - 1] - t_scores[t - 1]
                expected += difference.square().sum().item() / (TEACHER.heads * pairs)
        for length in (7, 12):
            loss = objective(*batches.pad(ROWS, length)).item()
            self.assertTrue(math.isclose(loss, expected, rel_tol=1e-6), (length, loss, expected))

    def test_the_published_style_is_the_same_where_nothing_is_padded(self):
        teacher, student = model(TEACHER), model(STUDENT)
        objective = losses.Intermediate(student, teacher).double()
        batch = batches.pad([ROWS[0], ROWS[0][::-1]], 5)
        expected = objective(*batch).item()
        for encoder in (teacher, student):
            encoder.style = "tinybert"
            for layer in encoder.layers:
                layer.gelu = bert.written_out_gelu
        self.assertTrue(math.isclose(objective(*batch).item(), expected, rel_tol=1e-6))

    def test_rows_without_padding_have_the_same_loss_with_and_without_a_mask(self):
        objective = losses.Intermediate(model(STUDENT), model(TEACHER)).double()
        ids, types, valid = batches.pad([ROWS[0], ROWS[0][::-1]], 5)
        self.assertAlmostEqual(
            objective(ids, types, valid).item(), objective(ids, types, None).item(), places=5)

    def test_prediction_loss_is_soft_cross_entropy_averaged_over_rows(self):
        teacher, student = model(TEACHER, 3), model(STUDENT, 3)
        expected = 0.0
        for row in ROWS:
            t, z = torch.softmax(logits(teacher, row), -1), logits(student, row)
            expected -= (t * torch.log_softmax(z, -1)).sum().item() / len(ROWS)
        loss = losses.Prediction(student, teacher)(*batches.pad(ROWS, 9)).item()
        self.assertTrue(math.isclose(loss, expected, rel_tol=1e-6), (loss, expected))

    def test_losses_of_tokens_leave_padding_out(self):
        teacher, student = (model(shape, 3, of_tokens=True) for shape in (TEACHER, STUDENT))
        batch = batches.pad(ROWS, 9)
        asked = batches.classes_of_words(batch, torch.arange(30) % 3 > 0, 3)
        soft, hard, count = 0.0, 0.0, 0
        for row, classes in zip(ROWS, asked):
            t, z = (
                states(m, row)[0][-1] @ m.classifier.weight.T + m.classifier.bias
                for m in (teacher, student))
            for place, wanted in enumerate(classes[: len(row)].tolist()):
                if wanted == -100:
                    continue
                logs = torch.log_softmax(z[place], -1)
                soft -= (torch.softmax(t[place], -1) * logs).sum().item()
                hard -= logs[wanted].item()
                count += 1
        self.assertTrue(0 < count < sum(map(len, ROWS)))
        for known, expected in ((teacher, soft), (None, hard)):
            loss = losses.Tokens("token-classification", student, known)(*batch, asked).item()
            self.assertTrue(math.isclose(loss, expected / count, rel_tol=1e-5), (loss, expected))

    def test_losses_of_answers_leave_padding_out(self):
        teacher, student = (model(shape, 2, of_tokens=True) for shape in (TEACHER, STUDENT))
        batch = batches.pad(ROWS, 9)
        asked = batches.answers(batch)
        soft, hard = 0.0, 0.0
        for row, places in zip(ROWS, asked.tolist()):
            t, z = (
                states(m, row)[0][-1] @ m.classifier.weight.T + m.classifier.bias
                for m in (teacher, student))
            logs = torch.log_softmax(z, 0)
            soft -= (torch.softmax(t, 0) * logs).sum().item() / 2 / len(ROWS)
            hard -= sum(logs[place, end].item() for end, place in enumerate(places)) / 2 / len(ROWS)
        for known, expected in ((teacher, soft), (None, hard)):
            loss = losses.Tokens("question-answering", student, known)(*batch, asked).item()
            self.assertTrue(math.isclose(loss, expected, rel_tol=1e-5), (loss, expected))

    def test_the_teacher_gets_no_gradient_and_the_projection_does(self):
        objective = losses.Intermediate(model(STUDENT), model(TEACHER)).double()
        objective(*batches.pad(ROWS, 8)).backward()
        self.assertTrue(all(p.grad is None for p in objective.teacher[0].parameters()))
        self.assertGreater(objective.projection.weight.grad.norm().item(), 0)

    def test_the_map_is_uniform(self):
        self.assertEqual(losses.uniform_map(4, 12), [0, 3, 6, 9, 12])
        self.assertEqual(losses.uniform_map(3, 4), [0, 1, 3, 4])


class Batches(unittest.TestCase):
    def test_grouping_and_padding_lose_no_token(self):
        rows = [[1] * n for n in (5, 3, 9, 1, 7, 7, 2)]
        for padding in ("dynamic", "fixed"):
            made = batches.text_batches(rows, 2, padding, 10)
            self.assertEqual(sum(map(batches.tokens, made)), 34)
        self.assertEqual({batch[0].shape[1] for batch in made}, {10})


class Augmentation(unittest.TestCase):
    def test_one_batch_finds_the_candidates_of_one_word_at_a_time(self):
        torch.manual_seed(5)

        class Model:
            bert = model(STUDENT)
            states = augmentation.MaskedLanguageModel.states
            head = torch.randn(8, 30, dtype=torch.double)

            def predict(self, x):
                return x @ self.head

        class Sentence:
            pieces = [7, 9, 11, 13]
            asked = [(0, 0), (2, 3)]

        marks = {"[CLS]": 1, "[SEP]": 2, "[MASK]": 3}
        found = augmentation.batched_candidates(Model(), Sentence(), marks)
        for word, ids in ((0, [1, 3, 9, 11, 13, 2]), (2, [1, 7, 9, 11, 3, 2])):
            state = states(Model.bert, ids)[0][-1][ids.index(3)]
            best = (state @ Model.head).topk(augmentation.CANDIDATES).indices.tolist()
            self.assertEqual(found[word], best)

    def test_the_words_that_stay_are_those_of_the_program(self):
        words = augmentation.stop_words()
        self.assertLessEqual({"not", "the", "within", "again", "ought", "shouldn", "own"}, words)
        self.assertTrue(all(word.isalpha() and word.islower() for word in words), words)
        self.assertFalse({"film", "nouns", "replacing"} & words)


class Recipe(unittest.TestCase):
    def test_its_optimizer_takes_the_published_one_s_steps(self):
        module = torch.nn.Linear(1, 1, bias=False).double()
        torch.nn.init.ones_(module.weight)
        optimizer = recipe.BertAdam(module, 5e-5)
        for expected in (0.999841391116834, 0.9996284163640086):
            module.weight.grad = torch.full_like(module.weight, 10.0)
            optimizer.step()
            self.assertAlmostEqual(module.weight.item(), expected, places=13)

    def test_its_rate_rises_over_a_tenth_and_falls(self):
        optimizer = recipe.BertAdam(torch.nn.Linear(1, 1), 1.0, 100)
        for number, factor in ((0, 0.0), (5, 0.5), (10, 1.0), (55, 0.5), (100, 0.0)):
            optimizer.number = number
            self.assertAlmostEqual(optimizer.factor(), factor)

    def test_its_classifier_is_the_published_one(self):
        student = model(STUDENT, labels=3)
        hidden = [None, torch.stack([states(student, row)[0][-1][:1] for row in ROWS])]
        pooled = torch.tanh(hidden[-1][:, 0] @ student.pooler.weight.T + student.pooler.bias)
        for published, features in ((True, pooled.clamp(min=0)), (False, pooled)):
            expected = features @ student.classifier.weight.T + student.classifier.bias
            torch.testing.assert_close(recipe.logits(student, hidden, published), expected)


class Limit(unittest.TestCase):
    def test_it_is_work_by_the_best_rate_of_each_shape(self):
        a, b = ("forward", 4, 2, 3), ("attention", 5, 2, 5)
        rates = limit.best({a: 2.0, b: 1.0}, {a: 1.0, b: 4.0})
        products = [
            dict(operation="forward", m=4, k=2, n=3, count=2, flops=10_000_000_000),
            dict(operation="attention", m=5, k=2, n=5, count=1, flops=2_000_000_000)]
        self.assertAlmostEqual(limit.seconds_at_best(products, rates), 5.0 + 0.5)


class Report(unittest.TestCase):
    def test_a_figure_that_misses_says_so(self):
        self.assertEqual(report.against(1.29, 1.3, report.times), "1.29 x (>= 1.30 x: NO)")
        self.assertEqual(
            report.against(0.39, 0.4, report.percent, at_most=True), "39 % (<= 40 %: yes)")


if __name__ == "__main__":
    unittest.main()
