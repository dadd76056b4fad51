"""`python -m tests.standin --port N`"""

import argparse

import uvicorn

from tests.standin.server import app

parser = argparse.ArgumentParser(description="A stand-in for OpenAI's API.")
parser.add_argument("--port", type=int, default=9100)
uvicorn.run(app, host="127.0.0.1", port=parser.parse_args().port, log_level="error", access_log=False)
