"""A FastAPI route that does nothing: the measure of what is left for the work."""

from fastapi import FastAPI
from pydantic import BaseModel


class Answer(BaseModel):
    """A number."""

    risk: float


app = FastAPI()


@app.post("/empty")
async def empty() -> Answer:
    """Answer without a look at the request."""
    return Answer(risk=0.5)
