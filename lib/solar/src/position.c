/* SPDX-License-Identifier: MIT
 * NREL/TP-560-34302, section 3; the step numbers are the report's.
 */
#include "solar/position.h"

#include "angles.h"
#include "spa_terms.h"

struct times {
    double jd;  /* Julian day, 3.1 */
    double jc;  /* its century */
    double jce; /* ephemeris century */
    double jme; /* ephemeris millennium */
};

static struct times times_of(double unix_s, double delta_t_s)
{
    struct times t;
    t.jd = unix_s / 86400.0 + 2440587.5;
    t.jc = (t.jd - 2451545.0) / 36525.0;
    t.jce = (t.jd + delta_t_s / 86400.0 - 2451545.0) / 36525.0;
    t.jme = t.jce / 10.0;
    return t;
}

/* 3.2: sums of cosines, a polynomial in the millennium. */
static double series_sum(const struct spa_series *orders, int n_orders, double jme)
{
    double total = 0.0;
    double power = 1.0;
    for (int k = 0; k < n_orders; k++) {
        double sum = 0.0;
        for (size_t i = 0; i < orders[k].n; i++) {
            const struct spa_term *t = &orders[k].terms[i];
            sum += t->a * cos(t->b + t->c * jme);
        }
        total += sum * power;
        power *= jme;
    }
    return total / 1e8;
}

static double cubic(double x, double c0, double c1, double c2, double c3)
{
    return c0 + x * (c1 + x * (c2 + x * c3));
}

/* 3.4: nutation in longitude and obliquity, degrees. */
static void nutation_of(double jce, double *psi, double *eps)
{
    const double argument[5] = {
        cubic(jce, 297.85036, 445267.111480, -0.0019142, 1.0 / 189474.0),
        cubic(jce, 357.52772, 35999.050340, -0.0001603, -1.0 / 300000.0),
        cubic(jce, 134.96298, 477198.867398, 0.0086972, 1.0 / 56250.0),
        cubic(jce, 93.27191, 483202.017538, -0.0036825, 1.0 / 327270.0),
        cubic(jce, 125.04452, -1934.136261, 0.0020708, 1.0 / 450000.0),
    };
    *psi = 0.0;
    *eps = 0.0;
    for (int i = 0; i < SPA_NUTATION_TERMS; i++) {
        const struct spa_nutation *n = &spa_nutation[i];
        double angle = 0.0;
        for (int k = 0; k < 5; k++) {
            angle += n->y[k] * argument[k];
        }
        *psi += (n->psi + n->psi_per_century * jce) * sin_deg(angle);
        *eps += (n->eps + n->eps_per_century * jce) * cos_deg(angle);
    }
    *psi /= 36000000.0;
    *eps /= 36000000.0;
}

/* 3.5: mean obliquity of the ecliptic, arc seconds. */
static double mean_obliquity(double jme)
{
    static const double c[] = {84381.448, -4680.93, -1.55, 1999.25, -51.38, -249.67,
                               -39.05,    7.12,     27.87, 5.79,    2.45};
    const double u = jme / 10.0;
    double sum = 0.0;
    for (int i = (int)(sizeof c / sizeof c[0]) - 1; i >= 0; i--) {
        sum = sum * u + c[i];
    }
    return sum;
}

/* The sun as seen from the Earth's centre, degrees. */
struct geocentric {
    double radius_au;
    double right_ascension;
    double declination;
    double sidereal; /* apparent sidereal time at Greenwich */
    double nutation_in_right_ascension;
};

static struct geocentric geocentric_of(const struct times *t)
{
    struct geocentric g;
    double psi;
    double eps;
    nutation_of(t->jce, &psi, &eps);
    g.radius_au = series_sum(spa_radius, SPA_RADIUS_ORDERS, t->jme);
    const double longitude =
        degrees(series_sum(spa_longitude, SPA_LONGITUDE_ORDERS, t->jme)) + 180.0;
    const double latitude = -degrees(series_sum(spa_latitude, SPA_LATITUDE_ORDERS, t->jme));
    const double obliquity = mean_obliquity(t->jme) / 3600.0 + eps;
    const double aberration = -20.4898 / (3600.0 * g.radius_au);
    const double apparent = longitude + psi + aberration;
    const double mean_sidereal = 280.46061837 + 360.98564736629 * (t->jd - 2451545.0) +
                                 t->jc * t->jc * (0.000387933 - t->jc / 38710000.0);
    g.nutation_in_right_ascension = psi * cos_deg(obliquity);
    g.sidereal = wrap_deg(mean_sidereal) + g.nutation_in_right_ascension;
    g.right_ascension = wrap_deg(degrees(
        atan2(sin_deg(apparent) * cos_deg(obliquity) - tan_deg(latitude) * sin_deg(obliquity),
              cos_deg(apparent))));
    g.declination = degrees(asin(sin_deg(latitude) * cos_deg(obliquity) +
                                 cos_deg(latitude) * sin_deg(obliquity) * sin_deg(apparent)));
    return g;
}

/* 3.14.2: refraction in degrees; none once the upper limb is below the horizon. */
static double refraction(double elevation_deg, double pressure_pa, double temperature_c)
{
    const double sun_radius_deg = 0.26667;
    const double at_horizon_deg = 0.5667;
    if (elevation_deg < -(sun_radius_deg + at_horizon_deg)) {
        return 0.0;
    }
    return pressure_pa / 101000.0 * (283.0 / (273.0 + temperature_c)) * 1.02 /
           (60.0 * tan_deg(elevation_deg + 10.3 / (elevation_deg + 5.11)));
}

/* Appendix A.1: equation of time, minutes. */
static double equation_of_time(double jme, const struct geocentric *g)
{
    const double mean_longitude =
        280.4664567 +
        jme *
            (360007.6982779 +
             jme * (0.03032028 + jme * (1.0 / 49931.0 + jme * (-1.0 / 15300.0 - jme / 2000000.0))));
    const double minutes = 4.0 * wrap_deg(mean_longitude - 0.0057183 - g->right_ascension +
                                          g->nutation_in_right_ascension);
    return minutes > 20.0 ? minutes - 1440.0 : minutes;
}

struct solar_position solar_position_at(const struct solar_site *site, double unix_s,
                                        double delta_t_s)
{
    const struct times t = times_of(unix_s, delta_t_s);
    const struct geocentric g = geocentric_of(&t);
    const double hour_angle = wrap_deg(g.sidereal + site->longitude_deg - g.right_ascension);

    /* 3.12: parallax, from the centre of the Earth to the observer. */
    const double flattening = 0.99664719;
    const double earth_radius_m = 6378140.0;
    const double parallax = 8.794 / (3600.0 * g.radius_au);
    const double u = atan(flattening * tan_deg(site->latitude_deg));
    const double x = cos(u) + site->altitude_m / earth_radius_m * cos_deg(site->latitude_deg);
    const double y =
        flattening * sin(u) + site->altitude_m / earth_radius_m * sin_deg(site->latitude_deg);
    const double shrunk = cos_deg(g.declination) - x * sin_deg(parallax) * cos_deg(hour_angle);
    const double shift = degrees(atan2(-x * sin_deg(parallax) * sin_deg(hour_angle), shrunk));
    const double declination =
        degrees(atan2((sin_deg(g.declination) - y * sin_deg(parallax)) * cos_deg(shift), shrunk));
    const double local = hour_angle - shift;

    const double elevation =
        degrees(asin(sin_deg(site->latitude_deg) * sin_deg(declination) +
                     cos_deg(site->latitude_deg) * cos_deg(declination) * cos_deg(local)));
    const double azimuth_from_south =
        degrees(atan2(sin_deg(local), cos_deg(local) * sin_deg(site->latitude_deg) -
                                          tan_deg(declination) * cos_deg(site->latitude_deg)));
    return (struct solar_position){
        .zenith_deg = 90.0 - elevation,
        .apparent_zenith_deg =
            90.0 - elevation - refraction(elevation, site->pressure_pa, site->temperature_c),
        .azimuth_deg = wrap_deg(azimuth_from_south + 180.0),
        .equation_of_time_min = equation_of_time(t.jme, &g),
    };
}

double solar_pressure_pa(double altitude_m)
{
    return 100.0 * pow((44331.514 - altitude_m) / 11880.516, 1.0 / 0.1902632);
}
