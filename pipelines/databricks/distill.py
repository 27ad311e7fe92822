# Databricks notebook source
# MAGIC %md
# MAGIC # A pipeline of distill, tracked in this workspace
# MAGIC Parameters: `pipeline`, a pipeline file on a volume with its data beside it; `results`, a folder on a volume;
# MAGIC `experiment`, a path in the workspace. The cluster has `init.sh`, which installs distill.
# MAGIC It was run on no Databricks cluster, only against the stand-in of `Tests/Tracking/databricks_place.py`.

# COMMAND ----------

import os
import pathlib
import shutil
import subprocess
import tempfile

pipeline = pathlib.Path(dbutils.widgets.get("pipeline"))  # noqa: F821 (Databricks has it)
results = pathlib.Path(dbutils.widgets.get("results"))  # noqa: F821
experiment = dbutils.widgets.get("experiment")  # noqa: F821
distill = os.environ.get("DISTILL_HOME", "/opt/distill") + "/bin/distill"

# Who the notebook runs as; the token is in the environment alone, never on a command line.
context = dbutils.notebook.entry_point.getDbutils().notebook().getContext()  # noqa: F821
environment = {**os.environ, "DATABRICKS_HOST": context.apiUrl().get(), "DATABRICKS_TOKEN": context.apiToken().get(),
               "MLFLOW_TRACKING_URI": "databricks", "MLFLOW_EXPERIMENT_NAME": experiment}

# COMMAND ----------

# Volumes take files that are written from beginning to end, and nothing else: distill works on the cluster's own
# disk, and what it made is copied when it is whole. What an earlier try of the job saved is gone on with.
local = pathlib.Path(os.environ.get("DISTILL_SCRATCH", tempfile.gettempdir())) / "distill" / pipeline.stem
saved = results / pipeline.stem
new, old = results / (pipeline.stem + ".new"), results / (pipeline.stem + ".old")
# An earlier try that was killed between two renames left what it had saved under another name: the new copy was
# whole by then.
for folder in (new, old):
    if not saved.exists() and old.exists() and folder.exists():
        folder.rename(saved)
# The data may have changed since the last try on this cluster; what that one did goes on.
shutil.copytree(pipeline.parent, local, dirs_exist_ok=True)
if not (local / ".workspace").exists() and (saved / "workspace").exists():
    # A copy that is cut is none.
    shutil.rmtree(local / ".copy", ignore_errors=True)
    shutil.copytree(saved / "workspace", local / ".copy")
    (local / ".copy").rename(local / ".workspace")

# COMMAND ----------


def save():
    """Copies what is finished, a file after the other; the new copy takes the place of the old one when it is whole."""
    for folder in (new, old):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(local / ".workspace", new / "workspace", copy_function=shutil.copyfile,
                    ignore=shutil.ignore_patterns("*.lock", "lock", "scratch*"))
    report = subprocess.run([distill, "report", str(local / ".workspace"), "-o", str(local / "report.html")])
    if report.returncode == 0:
        shutil.copyfile(local / "report.html", new / "report.html")
    if saved.exists():
        saved.rename(old)
    new.rename(saved)
    shutil.rmtree(old, ignore_errors=True)


done = subprocess.run([distill, "run", str(local / pipeline.name), "--workspace", str(local / ".workspace")],
                      env=environment)
save()
if done.returncode != 0:
    raise SystemExit(f"distill ended with {done.returncode}; what was done is in {saved}, the next try goes on there")

# COMMAND ----------

# What the server has of it, the newest last.
subprocess.run([distill, "runs", "list", f"mlflow:{experiment}", "--limit", "20"], env=environment, check=True)
