#!/usr/bin/env bash
# Writes sim/homes/home-NN.csv, the first 60 days of the 17 homes of CityLearn 2022 in watts, and
# sim/homes/homes.csv, the ratings of their roofs. Where the data set is not here, nothing is written.
set -euo pipefail
cd "$(dirname "$0")/.."
source_dir=${WATTWARD_DATA:-../shared/data}/pv/citylearn2022
if [ ! -f "$source_dir/schema.json" ]; then
    echo "gen_homes.sh: $source_dir is not here; sim/homes/ stays as it is" >&2
    exit 0
fi

# nominal_kw N: the rating of building N's roof, from the data set's own description.
nominal_kw() {
    awk -v want="\"Building_$1\":" '
        index($0, want) { inside = 1 }
        inside && /"pv":/ { roof = 1 }
        roof && /"nominal_power"/ { gsub(/[^0-9.]/, "", $2); print $2; exit }' \
        "$source_dir/schema.json"
}

# Columns of the source: 8 = load in kWh of the hour, 12 = solar generation in W per kW. Its first
# row is the last hour of 31 July; `hour` names the end of the hour.
echo "home,peak_power_w" >sim/homes/homes.csv
for n in $(seq 1 17); do
    printf 'home-%02d,%.0f\n' "$n" "$(awk -v kw="$(nominal_kw "$n")" 'BEGIN { print kw * 1000 }')" >>sim/homes/homes.csv
    target=$(printf 'sim/homes/home-%02d.csv' "$n")
    awk -F, -v nominal_kw="$(nominal_kw "$n")" '
        NR == 1 { print "production_w,consumption_w"; next }
        NR == 2 && $1 == 7 { next }
        rows < 24 * 60 { rows++; printf "%.0f,%.0f\n", $12 * nominal_kw, $8 * 1000 }' \
        "$source_dir/b$n.csv" >"$target"
done
sed -e 's/\r$//' "$source_dir/LICENSE" >sim/homes/LICENSE
