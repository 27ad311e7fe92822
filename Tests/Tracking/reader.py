"""What an MLflow server has, read by MLflow's own client, and what TensorBoard sees in a folder, as one JSON
document.

    python reader.py runs ADDRESS EXPERIMENT
    python reader.py predict ADDRESS MODEL[,MODEL...] TEXT...
    python reader.py begin ADDRESS EXPERIMENT          a run that stays open; its identity
    python reader.py alias ADDRESS NAME ALIAS VERSION
    python reader.py scalars FOLDER

The Python is one in which mlflow is installed (DISTILL_MLFLOW)."""

import json
import sys


def runs(address, experiment):
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=address)
    number = client.get_experiment_by_name(experiment).experiment_id
    found = []
    token = None
    while True:
        page = client.search_runs([number], page_token=token, max_results=100)
        for run in page:
            histories = {}
            for key in run.data.metrics:
                histories[key] = [[point.step, point.timestamp, str(point.value)]
                                  for point in client.get_metric_history(run.info.run_id, key)]
            found.append({
                "id": run.info.run_id, "name": run.info.run_name, "status": run.info.status,
                "start": run.info.start_time, "end": run.info.end_time,
                "parent": run.data.tags.get("mlflow.parentRunId"), "tags": run.data.tags,
                "params": run.data.params, "metrics": histories,
                "inputs": [{"name": one.dataset.name, "digest": one.dataset.digest,
                            "context": [tag.value for tag in one.tags]}
                           for one in run.inputs.dataset_inputs],
            })
        token = page.token
        if not token:
            return found


def predict(address, models, *texts):
    import mlflow
    import mlflow.pyfunc
    import mlflow.transformers

    mlflow.set_tracking_uri(address)
    mlflow.set_registry_uri(address)
    found = {}
    for model in models.split(","):
        plain = mlflow.pyfunc.load_model(model).predict(list(texts))
        pipeline = mlflow.transformers.load_model(model)
        found[model] = {"pyfunc": plain.to_dict("records") if hasattr(plain, "to_dict") else plain,
                        "transformers": pipeline(list(texts))}
    return found


def begin(address, experiment):
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=address)
    found = client.get_experiment_by_name(experiment)
    number = found.experiment_id if found else client.create_experiment(experiment)
    return client.create_run(number, run_name="somebody's").info.run_id


def alias(address, name, word, version):
    from mlflow.tracking import MlflowClient

    MlflowClient(tracking_uri=address, registry_uri=address).set_registered_model_alias(name, word, version)


def scalars(folder):
    import os

    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = {}
    for name in sorted(os.listdir(folder)):
        events = EventAccumulator(f"{folder}/{name}", size_guidance={"scalars": 0, "tensors": 0})
        events.Reload()
        found[name] = {tag: [[point.step, point.wall_time, point.value] for point in events.Scalars(tag)]
                       for tag in events.Tags()["scalars"]}
    return found


if __name__ == "__main__":
    print(json.dumps({"runs": runs, "predict": predict, "begin": begin, "alias": alias,
                      "scalars": scalars}[sys.argv[1]](*sys.argv[2:])))
