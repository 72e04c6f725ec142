"""Print the series of statsmodels as JSON, for `forecasting.py`. Runs in the environment of statsmodels."""

import json

from statsmodels.datasets import co2, elnino


def main() -> None:
    temperatures = elnino.load_pandas().data.drop(columns="YEAR").to_numpy().ravel()  # one year per row
    weeks = co2.load_pandas().data["co2"]
    months = weeks.resample("MS").mean().interpolate()
    print(json.dumps({"elnino": temperatures.tolist(), "co2": months.tolist()}))


if __name__ == "__main__":
    main()
