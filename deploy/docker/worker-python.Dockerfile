# The image of a Python deployment. The deployer renders this template: the block "dependencies" stays only when requirements.txt asks for
# packages. Order: what changes least comes first, so that a new version of the code reuses the layers before it.
# Build context: runtime/ (the worker's own code) and bundle/ (the code of the deployment).
ARG BASE_IMAGE=python:3.12-slim
FROM ${BASE_IMAGE}
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 LANG=C.UTF-8 HOME=/tmp PYTHONPATH=/opt/tasksmith TASKSMITH_BUNDLE_DIR=/app
COPY runtime/ /opt/tasksmith/
# begin dependencies
COPY bundle/requirements.txt /opt/requirements.txt
RUN PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --no-cache-dir --no-input --disable-pip-version-check -r /opt/requirements.txt
# end dependencies
COPY bundle/ /app/
WORKDIR /app
USER 10001:10001
ENTRYPOINT ["python3", "-m", "tasksmith_worker"]
