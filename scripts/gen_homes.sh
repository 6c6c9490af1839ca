#!/usr/bin/env bash
# Writes sim/homes/home-NN.csv, the year of the 17 homes of CityLearn 2022 in watts, and
# sim/homes/homes.csv, their roofs. Where the data set is not here, nothing is written.
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

# The tilt and azimuth of a roof: not in the data set, but fitted to it, on the clearest days of each
# month, as the plane under which a clear sky explains its hours best (in steps of 5 and 10 degrees).
# Home 15 produces nothing to fit, and no plane explains the hours of 16 and 17 well.
plane() {
    case $1 in
        2 | 3 | 4 | 9 | 10 | 11 | 13 | 14) echo 15,255 ;;
        1 | 7) echo 30,170 ;;
        8 | 12) echo 25,170 ;;
        5 | 6) echo 25,140 ;;
        *) echo , ;;
    esac
}

# Columns of the source: 8 = load in kWh of the hour, 12 = solar generation in W per kW. Its first
# row is the last hour of 31 July; `hour` names the end of the hour.
echo "home,peak_power_w,tilt_deg,azimuth_deg" >sim/homes/homes.csv
for n in $(seq 1 17); do
    printf 'home-%02d,%.0f,%s\n' "$n" "$(awk -v kw="$(nominal_kw "$n")" 'BEGIN { print kw * 1000 }')" "$(plane "$n")" >>sim/homes/homes.csv
    target=$(printf 'sim/homes/home-%02d.csv' "$n")
    awk -F, -v nominal_kw="$(nominal_kw "$n")" '
        NR == 1 { print "production_w,consumption_w"; next }
        NR == 2 && $1 == 7 { next }
        rows < 24 * 364 { rows++; printf "%.0f,%.0f\n", $12 * nominal_kw, $8 * 1000 }' \
        "$source_dir/b$n.csv" >"$target"
done
# The air of a typical year at that place: the data set's weather is not that of the homes' days.
awk -F, 'NR == 1 { print "air_c"; next } NR <= 1 + 24 * 364 { print $1 }' \
    "$source_dir/weather.csv" >sim/homes/air.csv
sed -e 's/\r$//' "$source_dir/LICENSE" >sim/homes/LICENSE
