"""One platform for all tests that do not need one of their own."""

import pytest

from house import Platform


@pytest.fixture(scope="session")
def platform(tmp_path_factory):
    platform = Platform(tmp_path_factory.mktemp("platform") / "data", "--dev", "--retry-after", "1,1").start()
    yield platform
    assert platform.stop() == 0
    assert platform.log() == "", "a platform that works is quiet"


@pytest.fixture
def own(tmp_path):
    """Makes platforms that a test has for itself."""
    made = []

    def make(*flags, name="data"):
        made.append(Platform(tmp_path / name, *flags))
        return made[-1]

    yield make
    for platform in made:
        if platform.process and platform.process.poll() is None:
            platform.kill()
