"""The phases in the order in which a coach meets them: the one table that everything reads."""

from avery.domain import Coach
from graph.phase import Phase
from graph.phases import content_import, discovery, launch, next_steps, pricing, profile_setup, social_connect

PHASES: tuple[Phase, ...] = (
    discovery.PHASE,
    social_connect.PHASE,
    content_import.PHASE,
    profile_setup.PHASE,
    pricing.PHASE,
    launch.PHASE,
    next_steps.PHASE,
)
BY_NAME: dict[str, Phase] = {phase.name: phase for phase in PHASES}


def completed(coach: Coach) -> list[str]:
    """The phases that are done and not skipped, in their order."""
    return [phase.name for phase in PHASES if phase.name not in coach.data.skipped and phase.is_done(coach)]
