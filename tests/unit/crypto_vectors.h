/* SPDX-License-Identifier: BSD-2-Clause */
/* Made by tests/tools/crypto_vectors.py: p= and signatures in base64. */
/* clang-format off */
static const struct {
    const char *about;
    enum key_kind kind;
    bool fits;
    str p, signature;
} vectors[] = {
    {"rsa1024", KEY_RSA, true,
     S_INIT("MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDRI2P9edUJTyCouKCfLEdHrXebdkTn6UxO0hRMhKc5DYuiWn6v7s9vrguk"
            "9y35GG3P0tycsbU1vZeB9vmZ1I/VoGiORw6qnn/76366jrSlonbIiuyOdsoJEQWzMr87iXbkqQi0HA6FV8r+Ae4zkd1/o/+t"
            "ZtgvNwwxX6KCb2/nlQIDAQAB"),
     S_INIT("JYBzmghIFoeqUlLOx7UKjNXe8JBO0bqa7eIgX37F4i2zXRw8IdsjSCxjgYQw6Qir+nf9TOiDiEX/W36re+CfRcT23tv2CoDU"
            "ipclfWtf7P8LMH4eSrRIOauwiYc2SRt5PhgBvZlbDmB9qm306v2Q+ahE6p6W0J8oXAop5h0M8ow=")},
    {"rsa2048", KEY_RSA, true,
     S_INIT("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6QfZoGpLujWec0n9P/AYOb7npqepB0NJkanS2Vnd4VGuaSCoDkgc"
            "qT2kNjp/SBOCG5oOQm78RK6BaOgPS0cS6up7L/45xbpmcupokvPJeXzaOtG8W/xWB+q/7ledJ7yy8j5u8mEV3t1M2HoXPpCv"
            "NipsVKz2f+XNI0b4zDiT9px4VDHOGa4EGG5m0PtcBH4hbEcEjp0wbMiQXK37zD4W8Yg3fjzEMR/buHWT7OdvUe/swTIHLkOn"
            "x0Xum7dQ1k8yma5UGhmI5uAb0J4vn5SqZ4pNWO8S8wWxlpGJG060Lqk9hOTz9zPznYS2FSg5kiopDh0mWnAhkgzR+B0xVABZ"
            "YwIDAQAB"),
     S_INIT("msMQiLsCzksMKUBrEDYPexzEvgT93FShAsHgOSlSxhCP82ta/841nY5oCvYKGe19KzSsd9tKlL6ENOVP3oDPy4Ody6yNqCqM"
            "+S54p9CoJmbzykigk0ilhs93jIgQjRTheEzUNXR5UVOSSw3PamL4Vpwnh92Hd6COfa+bLXFh8uiZeKsU1xqSv7kPaucBSK/k"
            "MrZAFtMr+ddgalu5NwHKCFMJf5ojxKUDNiPAnhLXo2zf2ZqhH6IF3bQoJClS6DlxTVjKs5NUhQPAiaso2+/cQyv8uZK5+w8E"
            "rDunL0NJOXNCQrKlzwbveaNa4zbdDnnapSIX7NCq2qwq8x9E/cf39g==")},
    {"rsa2048-e3", KEY_RSA, true,
     S_INIT("MIIBIDANBgkqhkiG9w0BAQEFAAOCAQ0AMIIBCAKCAQEAzsTDZ/M85BcGToPKSUS+wFLphSDvwxe9vH/U2qJVS5PjZBhRLghg"
            "+Rfj/ELhKNIJJZtKRdT3DQUrzVEZUg5z5SqyT42GEe702lD/SlH87PlUqXYvAMcu4Is54vibhVq5CPPkhYmXXkWy6KS0htih"
            "bGBgicLFvdghErzrSj9qmmyiHZxtz7kHbRSBiJm0tEsGDkS1UiZ+xfrDlguH89YW+Ct4iK8mlxAhOyVd2o5YBsEYuiGNQ3k/"
            "jU1ieUckXlSNEhjUk5NcI0d301ez+R4EUfWn8S1pwAct8y5AAw/RXMf4twinUv6KWyKgKL5QrEL6ryP7knWrXJSRW70953Nb"
            "uwIBAw=="),
     S_INIT("x6pQqFU4FUB3gP1MIAuDUEjfSBgsSsCOOsxkYnyRnUVOror06S2r6qCTQ8+lvTpUmo5FODtTWSG8SlwYIn/1DyrfztuIb94R"
            "2q5vah1IuMzMkCUv6zchUwddEKPAn1QkVCXEvuY8B4J85rsdHZAQdrl1EwYXBZJ9AfkgfM0VO8XUP+6dUa5bWoQdD9eUc+jY"
            "Gnu/CNSvv+VIn14N6Y9lbgoQIn31iZZh6sXxzoOYFkK999l7i9DPNlh4nvWb9e6gw8hWSibjyRNli3AaVM5NXrok8dXzv6Ri"
            "mrEN+BRJfzMXvtQQiUiZnx3rcHFkTd6U/JpZS4Fu/mraoKrLjAgLxw==")},
    {"rsa4096", KEY_RSA, true,
     S_INIT("MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEA9yqLy9CfZojKzta9IyuvdyhPLr/W+v6KeeUPw9C70UREW0geURne"
            "zk5SvtsbiQaMQOjbFig9PgJDBNH1tI9mr6ARRXG1amVsKMqxSwh6AgCrIaCLAYd39ymN1MO0ET8z4B4GwqAUAN7gNwPRaqgt"
            "lvzgXflerH7xISyuy/RN69b65EozZ9VXRiGwYngAJJtIf/BIbpP49u7kEA/bPRUXXscKrKQNRwZ3AZJTQEksQuTh0yMpRJPL"
            "fM5dvQZxKN7FqcvJuQvO1+YyJeN2fVRqLuzCbSXzrhTgWYNRL8MSplKIfxyvBqgut/6UZt3cSSqunL88R2sd3GCy/Ah+kglJ"
            "AmkBVZiSiCabRvojPYuvc+AIko+DsUv69tRQs4Dr/FGNxHOElfNkg79+JA2POhK+NSmImGy3TAnkoY+pXxy+jafvlI4s6iqE"
            "QcwwzOxiWSY5a1dHsSiwMIZsKnBSfOZZfVV6AUUiimcpmcBAjAnTDNUeCoQ4ff+gQS2GjsWGNlFe3VV/2rZONhx3BI7eWVnE"
            "zho4GN/f6nqZliBjR8g6hhOiDcv0DwFBoa8YWgr5tXhkEYT/c1am/al5g9UvoFNrSujkfauY8IKV9tsZEsmorboucypiYgMW"
            "xphJ+TyGt8Kn4nksh63xUdzU5Ycd07kvplGMGb3FQNKsgCkywjEHUA8CAwEAAQ=="),
     S_INIT("6s6+I0kframHH9SvdCBw0vMtrYFtI0MMVy/O6Ew/NgskqfeczVicvQ3E0dPmdvRt0/SOnNTZ/6urgG+MTBbJH9kQpubpb6Ya"
            "wKcxwWKL0TzJGWl35Aj1qiBKZ4ywnlRu/grJcTzyk08r49w1yTxWaUsGJ/4Qx53qpVBuQLHINFT6YSFcnHTuIyiJbma/LOwg"
            "EOZnovf9DHCRkYLJA9QG8UUUZE4Yb0l2gMe0YzY8msIjcav7PId8LzczH8p7LhEQx2rEQwmHcBh84yGBATlLTJilEtpI+XXo"
            "JhcGDBCrhzh0eJjuKhIbW28MPybTicSMLTpXOlXymgGL03FKttbeL8oUWO20IyiTFvC1eSs7xRmDNIn5kw6jVsiWGVDRfbr+"
            "GyxvB4YDy2C0+dcHjyQk66jbiECKR67dJ1ZTCrmkVfiOcPqYoOe/Ms79a5S88+93Q0oMpIVH9JnN8Pg2kf9ObGxhkLE4Ho40"
            "7KQXbJPr7MjIequzE7b51aCtTo7yz2AV+XgvmcZe60ls/PfZOMLeBJqGEzD1QNGoUmQZZ6OH65gkPIKhJmIB+EfvT1mwd79K"
            "Unn/X3cmNKXDmsfFq0kWICrc2iF4d5bCeLzk2T1JLSP6AAsaS8KGYJWe+8pS5ngyPm0k1G5k16ox2zipT6eBQzQ8z9Atmkwj"
            "Dso/9wn2oIk=")},
    {"rsa8192", KEY_RSA, true,
     S_INIT("MIIEIjANBgkqhkiG9w0BAQEFAAOCBA8AMIIECgKCBAEAxNLiei0Q+GipW+WmHUw5hxvt0gItrFJbs1S0fhAtt0j75UCJXbF/"
            "uQXYNCz7EudoDvXJA1h8yEUasKsiw4h1cXJ2US0u9lBC7hlMVGuMmsMx33OowsrjEaLV5WSWzf5cSpBpiNz+UlX6pjRSZ9mw"
            "UGVasHKGmbxD3XgKfYQQML16FnmWJI8P083Eiso06DBe++fWRmB6eqcLg+rLBEgKBnA3LvIYk5BovmLfXxZNnqezjBAe94dk"
            "lO8IINMjspj5nUlxjfgzmGF8v5445meu74ILlLIAu2Zxk8U9KDd/sLGT8Efj4Ccd+aA+HQy5SmX0A++KyaceEKKa0ZRFVOis"
            "me/pQ7bMSq5KEQ+C8VoNewltFxbtpDNSC35C+XVs4Lkl+VEi0LYxKwIGhBTdK/8xVaV/v8WMURwjifjcLR5foupF/nMaS1xM"
            "7f/diet39VgBeXKPS7rNOyPXdE3W/IYxEHAg4oosHUCvJE7mo2O9RiZP9s1mYzaz2xEm7bAoxVojZBSdam4ktKdCXU5msS19"
            "Vy0Q4TOIrD0IVqfnfhOIByytdW69VwZcV5jxhkioBq7hJb/MehkFFy//feHfKFkOgD9EwWs5B+MnOPs2JqI8Z1DDwEb/uHA+"
            "HZy8Ig+1mDkUUgbrk3ql902cp+tHGcXuyqAKRFfbG1EHXNS5tLaLx8HnV6EYx0XGruTXTJe/PicQ9TY7A/ouS1oLD0k4HGTf"
            "AHPT+fmEO8wAerzO+3LQnrGN+IdtI3WQZw0uRaU/9MUjoLaSQtcRXKVa9gw/eiYw67xed7AW9iVfunGKALRSmLA6YHFEBlnd"
            "8+nrV0QYUYoyxqGWW0FhajXLwihjR3Y3htV8b0qvJsBr8gG0ab14dpHqHBl8yW342QWGS4fZeDgbilYkPBEJ4KwY7KZmpLFo"
            "jMyiyjnneT1hR8Iq9mN5Pova0+5+I4t834YcAqAIF4L7VSVJ/jLfZuojQF0mi96GTfaDVaXPwUH8bfdxXfp5xIpoVtMYWG4b"
            "RzfSj+uPaMct+0CzBEjIVv4GD3ke13/wQyQ+4Qs8EvzN+LvdyfLhMfrd9HxqgSOhp7iMuxQBACS1mWt2xfaQuDAZjHFCCqGv"
            "UZfULHzMKRYPCAJHInc9B0xJ8EiIpn3V9rEbK6WH+LY5ecvedVFOD2pbI/Jc6s4pEUgGXLnpd9dwT9Flgg6c2Z3sCa3HeVl/"
            "gYwA9+mCQsWMmAP+KsnK6jtiWRtAnHvAzyWNu4hm6v/r5c6/K65lx5/idLEPhOdfInADxBoUqQ5vP6tD6uWBzY1q1a2gejdk"
            "Z9iA5hFkza48qqtvoq6CIncNpBONdzKUzGs2L+1tUZQJYPCo7J+UCX/83xfldswPlQIDAQAB"),
     S_INIT("dadmT0XfjGq6NFxLY6XylvNQO2gy/Fl54vgzmgniH3YnQaDNg/81cAG545ZVqE0Pd0b5Gay1oFa0yZW+HBgbZraTlsJN+L/+"
            "CnBw+GggvX0pGsUgk06g++e309vPNDL2ynTNEr+EvD0e8R1bR28We3lc/qH1CUvns72+ru3GBYtlBMtCnQosay5Get1mrd7J"
            "iF3DrVXyH6cdJp3aY32Kx24YRZmzKy469DkUZhT2ZgwkqQcH/o0O7opIja2CY4PLBrCZb7whvkMw/Nji6tmxOPRdlR3Hx0cT"
            "Ij0KPHBSPKQIOAh3JB5Is7jOlzuWizXCbVxdKE4HDmpIErsrbypZXwciBFW2gLR7fEqD0/4SDuDCp54IlA2KlyoqqrPSFqMp"
            "8npXE+UDErA3blArFDglUHsheU4e62RsdSA7G+PSL8z865EWSgHdWLYdWiCScIbpECpInNroE1XvYGJ3cq1AOe45e8EfVkkW"
            "tAmGiwP2XUncjM5BZRjg9p+7Au3lPN1qd6Zq2bksEA+IFIYPchNQKf77c6EhcYiGft853GDMmoLEJBEqlctdbTUpoYPt3MkM"
            "egPXrRcET9dtZhJfQCZ10gS8ABbKz0BhU2zBh5DWmT0z1CaqGoPh+YkV3vI3ThrkDnEZS65gezcZMP4EW+r5q5NiIJuytNjD"
            "LGn7fT+TOX7Y2Oa9ouA8jDt7FI0mRrvSGQ/2V0Ch8OMRBy9hHQ/ds0oKu5Oe1S1q+L7bCFYu1afUWQ8AC/sLs5QLAWuCo58N"
            "ttkUybiTF5ZmDsBjoEEMOw/Q/w9308Uq0H/C0Dj0esT0ahlZGCKrJpwmDNh1Zc1KM64mF+vaeb48g1QRhV1C4dvaJIqqI4jz"
            "kK/fw3YbPkmLtcJjAE06rvSwzzXGFsBQu0OO+87CkbgWJqOx53HQTPsHHI3p8QXXbePwdpcWA7ksXuXYLcrowmmUDJUVlqC3"
            "W0tWuPVUGcoBAMTiUWzEnUwPhBu+XefOGTY5hllKhviR8Futaf7CsbOFG32Xaomb9MUI9a7gSJAnVOTBAKKx2ivN2yLdnfa/"
            "i0utGNqh06zYDMxyfhfvzdhcsZA7cfqRGmTLtQSu7lpSMN2b67p7yGwbQRljy76SjMXFUErCh6Shjkl3G0pe59fT63olmvDp"
            "lZuLqbSyXKVvf79U0vXqrEP1sNDyO89N45mhDgZCSs41381Dw4BaNJN/dyrOT8JDZTbQMlZTfOH6tsFfPCDLoKvi6K69RV5f"
            "/4kccCP4HbZu0OOuP/fLkDJVjiKYkVuqOR9mDsWiOW+k2/151FNKu1yVJDj62UqQCvHKxWCKXhgZ6tJGIxn5foP7ChSAku1Z"
            "7YmapYEUuMCXJgl/n+sYrA==")},
    {"ed25519", KEY_ED25519, true,
     S_INIT("TAhdxThpY4wsy8XkulLsXW1vDw2k4B5yxZXyEiLKEcc="),
     S_INIT("p3SkEouQ4cUiyA57u4NztXfS7C7HbFg0I1mGuJ3Hx4REydmM7OJ+d5gdJbdRUsuotEIDzaYIzh+QCkrjBHvmCQ==")},
    {"bare RSAPublicKey", KEY_RSA, true,
     S_INIT("MIIBCgKCAQEA6QfZoGpLujWec0n9P/AYOb7npqepB0NJkanS2Vnd4VGuaSCoDkgcqT2kNjp/SBOCG5oOQm78RK6BaOgPS0cS"
            "6up7L/45xbpmcupokvPJeXzaOtG8W/xWB+q/7ledJ7yy8j5u8mEV3t1M2HoXPpCvNipsVKz2f+XNI0b4zDiT9px4VDHOGa4E"
            "GG5m0PtcBH4hbEcEjp0wbMiQXK37zD4W8Yg3fjzEMR/buHWT7OdvUe/swTIHLkOnx0Xum7dQ1k8yma5UGhmI5uAb0J4vn5Sq"
            "Z4pNWO8S8wWxlpGJG060Lqk9hOTz9zPznYS2FSg5kiopDh0mWnAhkgzR+B0xVABZYwIDAQAB"),
     S_INIT("msMQiLsCzksMKUBrEDYPexzEvgT93FShAsHgOSlSxhCP82ta/841nY5oCvYKGe19KzSsd9tKlL6ENOVP3oDPy4Ody6yNqCqM"
            "+S54p9CoJmbzykigk0ilhs93jIgQjRTheEzUNXR5UVOSSw3PamL4Vpwnh92Hd6COfa+bLXFh8uiZeKsU1xqSv7kPaucBSK/k"
            "MrZAFtMr+ddgalu5NwHKCFMJf5ojxKUDNiPAnhLXo2zf2ZqhH6IF3bQoJClS6DlxTVjKs5NUhQPAiaso2+/cQyv8uZK5+w8E"
            "rDunL0NJOXNCQrKlzwbveaNa4zbdDnnapSIX7NCq2qwq8x9E/cf39g==")},
    {"another key", KEY_RSA, false,
     S_INIT("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxbmiRK7LF5BVKmgvBNQ56+O2DLAS9KsLGAPnU1Z533XQq+b6L2z9"
            "smNgQwn+OuzW65+PDLpdFXp0XjMkWJBCHLyWJ9HBCwKHl2TLnmvovLOb0HXLhVo+fH1YzDiSa09G7fSreiE84JBzwKo1NG6j"
            "EJxyqIKayk5AkkjZN2iHHTp5J/bt3DzMUuIlj56xj0/VsWcE/vnLn0DlbgtzCfRvH0GNnoBPSuDXL5zQhIrr2V8JgLl3tNh7"
            "4xindTMYTCKPgWnYAeiSITfxTlXN0DM5C8++VdKYhIpjIBHDaeLcRYTCou2/IR0Fnm5dVtrhoeGwfD5wAyrKpZ5/5Ap1KXxy"
            "tQIDAQAB"),
     S_INIT("msMQiLsCzksMKUBrEDYPexzEvgT93FShAsHgOSlSxhCP82ta/841nY5oCvYKGe19KzSsd9tKlL6ENOVP3oDPy4Ody6yNqCqM"
            "+S54p9CoJmbzykigk0ilhs93jIgQjRTheEzUNXR5UVOSSw3PamL4Vpwnh92Hd6COfa+bLXFh8uiZeKsU1xqSv7kPaucBSK/k"
            "MrZAFtMr+ddgalu5NwHKCFMJf5ojxKUDNiPAnhLXo2zf2ZqhH6IF3bQoJClS6DlxTVjKs5NUhQPAiaso2+/cQyv8uZK5+w8E"
            "rDunL0NJOXNCQrKlzwbveaNa4zbdDnnapSIX7NCq2qwq8x9E/cf39g==")},
    {"other data", KEY_RSA, false,
     S_INIT("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6QfZoGpLujWec0n9P/AYOb7npqepB0NJkanS2Vnd4VGuaSCoDkgc"
            "qT2kNjp/SBOCG5oOQm78RK6BaOgPS0cS6up7L/45xbpmcupokvPJeXzaOtG8W/xWB+q/7ledJ7yy8j5u8mEV3t1M2HoXPpCv"
            "NipsVKz2f+XNI0b4zDiT9px4VDHOGa4EGG5m0PtcBH4hbEcEjp0wbMiQXK37zD4W8Yg3fjzEMR/buHWT7OdvUe/swTIHLkOn"
            "x0Xum7dQ1k8yma5UGhmI5uAb0J4vn5SqZ4pNWO8S8wWxlpGJG060Lqk9hOTz9zPznYS2FSg5kiopDh0mWnAhkgzR+B0xVABZ"
            "YwIDAQAB"),
     S_INIT("QHSyWndIcEnrRHGBojqBLl1FJthrzWR2yC1M1jowb/gDUBwK5Pg0vhJhLPeSw4CX2g0QscvJALgiEbSgbOD/jL8R3eyPpyBi"
            "RFl2m0d1ox3jDlB7QcbedwgFl65zXc6luTI1yzki9jEuYD+shvEGQ0HUTFA3NW9Mkmvkrtg1lrBchH+BLnjl/fo/L88g1LqH"
            "23KDuwpxrWOyV3YKopU7wb5uVDOyn9P9sSDmUPU3nksqkxlG6VLo2emI75hALWzia1YdC2WDISK7MbIkcWS/f/ybQcFoKFcu"
            "ZGTaj0N0kdBnQ4E7A+mH2NouwRmI952GGyfLOfLyfA/E+vJr5Q+q6A==")},
    {"SHA-1", KEY_RSA, false,
     S_INIT("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6QfZoGpLujWec0n9P/AYOb7npqepB0NJkanS2Vnd4VGuaSCoDkgc"
            "qT2kNjp/SBOCG5oOQm78RK6BaOgPS0cS6up7L/45xbpmcupokvPJeXzaOtG8W/xWB+q/7ledJ7yy8j5u8mEV3t1M2HoXPpCv"
            "NipsVKz2f+XNI0b4zDiT9px4VDHOGa4EGG5m0PtcBH4hbEcEjp0wbMiQXK37zD4W8Yg3fjzEMR/buHWT7OdvUe/swTIHLkOn"
            "x0Xum7dQ1k8yma5UGhmI5uAb0J4vn5SqZ4pNWO8S8wWxlpGJG060Lqk9hOTz9zPznYS2FSg5kiopDh0mWnAhkgzR+B0xVABZ"
            "YwIDAQAB"),
     S_INIT("AlXYoMwtS38PQQvOrYmQRGw3fMnQi9HfeyX7h2aTi3jCFEEvBbQaCWqhg+P0D7SL+9eoM7Q9HsvGB0qEj5WISMOXicNLqYx2"
            "PU+rI19Q2D7t+uxdg9jPgdo/x6O2SE00iUVbINQJ/54U6GQKkNRz/BRNOolDAXUVhK3lK4yICMpwx8dvdZk1Wg521FjlsGc4"
            "gJKRfK+VHpKEaEZ6dVRo46mFivvZTSr3LsCjCWdjJwY2pzrdoz5OCqK38jBzVpNoE4wUL12CK1GNXGTaxzS0v6YEYe8PTHDc"
            "iqfmL6gVX0ayntoAFs7Hkz1XHLGw7XWc/n1wUPVJ+eNrkQakjhUAEA==")},
    {"padding", KEY_RSA, false,
     S_INIT("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6QfZoGpLujWec0n9P/AYOb7npqepB0NJkanS2Vnd4VGuaSCoDkgc"
            "qT2kNjp/SBOCG5oOQm78RK6BaOgPS0cS6up7L/45xbpmcupokvPJeXzaOtG8W/xWB+q/7ledJ7yy8j5u8mEV3t1M2HoXPpCv"
            "NipsVKz2f+XNI0b4zDiT9px4VDHOGa4EGG5m0PtcBH4hbEcEjp0wbMiQXK37zD4W8Yg3fjzEMR/buHWT7OdvUe/swTIHLkOn"
            "x0Xum7dQ1k8yma5UGhmI5uAb0J4vn5SqZ4pNWO8S8wWxlpGJG060Lqk9hOTz9zPznYS2FSg5kiopDh0mWnAhkgzR+B0xVABZ"
            "YwIDAQAB"),
     S_INIT("tTYRSTMoM+e8a/hCMvXbzFNoWuBYF+XOEVo7GYE9yosJqDuYMeSUXIUSfvZUBUlgodLjgPdYIdOlNlcOLCExzvDr0W1dweLs"
            "TZI/zcrM93YAmlAUeLRun6G52wppin/CU1Os7r0nBdkVLlaWaGjehlowJYxl7qmUaqqfF/baO7WDpligeDkXw/DhUnuGDgfd"
            "WIKRSaubaWjO1EXBin8KxgzFE+gOkHmKg+ZQCHHaFg0DNXPx3WSjhDXFs3VkRVihiGu+cREBs6sSZTcvhWHYtJEuYu56zuzY"
            "cUuDCIeQv1udiFx/ZmkluLpC8DjCDl8SJfsX0w5wciewVLecyop0XA==")},
    {"no-null", KEY_RSA, false,
     S_INIT("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6QfZoGpLujWec0n9P/AYOb7npqepB0NJkanS2Vnd4VGuaSCoDkgc"
            "qT2kNjp/SBOCG5oOQm78RK6BaOgPS0cS6up7L/45xbpmcupokvPJeXzaOtG8W/xWB+q/7ledJ7yy8j5u8mEV3t1M2HoXPpCv"
            "NipsVKz2f+XNI0b4zDiT9px4VDHOGa4EGG5m0PtcBH4hbEcEjp0wbMiQXK37zD4W8Yg3fjzEMR/buHWT7OdvUe/swTIHLkOn"
            "x0Xum7dQ1k8yma5UGhmI5uAb0J4vn5SqZ4pNWO8S8wWxlpGJG060Lqk9hOTz9zPznYS2FSg5kiopDh0mWnAhkgzR+B0xVABZ"
            "YwIDAQAB"),
     S_INIT("t8NYRggEKak47aomykV3x/0qbx6+O1UCrnXX810PWNNFe2HQOodd+U5lRIykmrKrK0pX4aj64z225ZQbDm+EiAqcQp3bLbBY"
            "BOZQMT22a4ffRVfO9+V9kIUzJdlM+f8AiTDuoGd8CDjBgIoLbgEJtfAUijBE6fxUZpS3cMgNzXSUfz8VJt7pAST5IVkM8tY5"
            "DpnN6/lHgKuaw/Gq6pjgxMIBmeLLdsGpfgM02c3a3FdkpQvMByHg44JUlsiqiAfRNvl6wqCaPWQPYWOKSsdfmD0EU/E7c/GQ"
            "H9GSLPFeCgwgrgfR6hRSluRsCxKEI3fCpRZ59g0mi36OTlrgbFeCKA==")},
    {"short-ff", KEY_RSA, false,
     S_INIT("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6QfZoGpLujWec0n9P/AYOb7npqepB0NJkanS2Vnd4VGuaSCoDkgc"
            "qT2kNjp/SBOCG5oOQm78RK6BaOgPS0cS6up7L/45xbpmcupokvPJeXzaOtG8W/xWB+q/7ledJ7yy8j5u8mEV3t1M2HoXPpCv"
            "NipsVKz2f+XNI0b4zDiT9px4VDHOGa4EGG5m0PtcBH4hbEcEjp0wbMiQXK37zD4W8Yg3fjzEMR/buHWT7OdvUe/swTIHLkOn"
            "x0Xum7dQ1k8yma5UGhmI5uAb0J4vn5SqZ4pNWO8S8wWxlpGJG060Lqk9hOTz9zPznYS2FSg5kiopDh0mWnAhkgzR+B0xVABZ"
            "YwIDAQAB"),
     S_INIT("V8bslfiYKHOhpvtoV4X/E50QAXuu0C24SdJIk1atfe2zdS+u+oG5VJYyhtxWT8x5MlYrscAKQWkK08qMZOvpjm4AYqAZDclP"
            "m+CyEtbERwmf1oapZ+ZydvKiqf4We4Re8Ki6VdKZjk1WabOHUaHygP+IJTePjnptVxk7XqKKvASl+pSC4Erpw8Mi2k3ae9PK"
            "0H/IDyZrLHV3Jz2Sr4UhcI+zoZtSPjtfqtNy4/dibcecuex0PwH6L7SJ1HR4SU8xQx8XoXg/sgTs4lslq7/q+nNXylERNshH"
            "88XMfHzfOMlQXXyucU/YFbOBlnpfx7nz+eAdaxdfRGa64DAKrDaLWA==")},
    {"a byte short", KEY_RSA, false,
     S_INIT("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6QfZoGpLujWec0n9P/AYOb7npqepB0NJkanS2Vnd4VGuaSCoDkgc"
            "qT2kNjp/SBOCG5oOQm78RK6BaOgPS0cS6up7L/45xbpmcupokvPJeXzaOtG8W/xWB+q/7ledJ7yy8j5u8mEV3t1M2HoXPpCv"
            "NipsVKz2f+XNI0b4zDiT9px4VDHOGa4EGG5m0PtcBH4hbEcEjp0wbMiQXK37zD4W8Yg3fjzEMR/buHWT7OdvUe/swTIHLkOn"
            "x0Xum7dQ1k8yma5UGhmI5uAb0J4vn5SqZ4pNWO8S8wWxlpGJG060Lqk9hOTz9zPznYS2FSg5kiopDh0mWnAhkgzR+B0xVABZ"
            "YwIDAQAB"),
     S_INIT("msMQiLsCzksMKUBrEDYPexzEvgT93FShAsHgOSlSxhCP82ta/841nY5oCvYKGe19KzSsd9tKlL6ENOVP3oDPy4Ody6yNqCqM"
            "+S54p9CoJmbzykigk0ilhs93jIgQjRTheEzUNXR5UVOSSw3PamL4Vpwnh92Hd6COfa+bLXFh8uiZeKsU1xqSv7kPaucBSK/k"
            "MrZAFtMr+ddgalu5NwHKCFMJf5ojxKUDNiPAnhLXo2zf2ZqhH6IF3bQoJClS6DlxTVjKs5NUhQPAiaso2+/cQyv8uZK5+w8E"
            "rDunL0NJOXNCQrKlzwbveaNa4zbdDnnapSIX7NCq2qwq8x9E/cf3")},
    {"a byte long", KEY_RSA, false,
     S_INIT("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6QfZoGpLujWec0n9P/AYOb7npqepB0NJkanS2Vnd4VGuaSCoDkgc"
            "qT2kNjp/SBOCG5oOQm78RK6BaOgPS0cS6up7L/45xbpmcupokvPJeXzaOtG8W/xWB+q/7ledJ7yy8j5u8mEV3t1M2HoXPpCv"
            "NipsVKz2f+XNI0b4zDiT9px4VDHOGa4EGG5m0PtcBH4hbEcEjp0wbMiQXK37zD4W8Yg3fjzEMR/buHWT7OdvUe/swTIHLkOn"
            "x0Xum7dQ1k8yma5UGhmI5uAb0J4vn5SqZ4pNWO8S8wWxlpGJG060Lqk9hOTz9zPznYS2FSg5kiopDh0mWnAhkgzR+B0xVABZ"
            "YwIDAQAB"),
     S_INIT("AJrDEIi7As5LDClAaxA2D3scxL4E/dxUoQLB4DkpUsYQj/NrWv/ONZ2OaAr2ChntfSs0rHfbSpS+hDTlT96Az8uDncusjagq"
            "jPkueKfQqCZm88pIoJNIpYbPd4yIEI0U4XhM1DV0eVFTkksNz2pi+FacJ4fdh3egjn2vmy1xYfLomXirFNcakr+5D2rnAUiv"
            "5DK2QBbTK/nXYGpbuTcByghTCX+aI8SlAzYjwJ4S16Ns39maoR+iBd20KCQpUug5cU1YyrOTVIUDwImrKNvv3EMr/LmSufsP"
            "BKw7py9DSTlzQkKypc8G73mjWuM23Q552qUiF+zQqtqsKvMfRP3H9/Y=")},
    {"no signature", KEY_RSA, false,
     S_INIT("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6QfZoGpLujWec0n9P/AYOb7npqepB0NJkanS2Vnd4VGuaSCoDkgc"
            "qT2kNjp/SBOCG5oOQm78RK6BaOgPS0cS6up7L/45xbpmcupokvPJeXzaOtG8W/xWB+q/7ledJ7yy8j5u8mEV3t1M2HoXPpCv"
            "NipsVKz2f+XNI0b4zDiT9px4VDHOGa4EGG5m0PtcBH4hbEcEjp0wbMiQXK37zD4W8Yg3fjzEMR/buHWT7OdvUe/swTIHLkOn"
            "x0Xum7dQ1k8yma5UGhmI5uAb0J4vn5SqZ4pNWO8S8wWxlpGJG060Lqk9hOTz9zPznYS2FSg5kiopDh0mWnAhkgzR+B0xVABZ"
            "YwIDAQAB"),
     S_INIT("")},
    {"not below n", KEY_RSA, false,
     S_INIT("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA6QfZoGpLujWec0n9P/AYOb7npqepB0NJkanS2Vnd4VGuaSCoDkgc"
            "qT2kNjp/SBOCG5oOQm78RK6BaOgPS0cS6up7L/45xbpmcupokvPJeXzaOtG8W/xWB+q/7ledJ7yy8j5u8mEV3t1M2HoXPpCv"
            "NipsVKz2f+XNI0b4zDiT9px4VDHOGa4EGG5m0PtcBH4hbEcEjp0wbMiQXK37zD4W8Yg3fjzEMR/buHWT7OdvUe/swTIHLkOn"
            "x0Xum7dQ1k8yma5UGhmI5uAb0J4vn5SqZ4pNWO8S8wWxlpGJG060Lqk9hOTz9zPznYS2FSg5kiopDh0mWnAhkgzR+B0xVABZ"
            "YwIDAQAB"),
     S_INIT("////////////////////////////////////////////////////////////////////////////////////////////////"
            "////////////////////////////////////////////////////////////////////////////////////////////////"
            "////////////////////////////////////////////////////////////////////////////////////////////////"
            "/////////////////////////////////////////////////////w==")},
    {"another Ed25519 key", KEY_ED25519, false,
     S_INIT("rwp2YIZSFN2VBd9yXh5DGULjeBbuwUSyerDzwpIPBsw="),
     S_INIT("p3SkEouQ4cUiyA57u4NztXfS7C7HbFg0I1mGuJ3Hx4REydmM7OJ+d5gdJbdRUsuotEIDzaYIzh+QCkrjBHvmCQ==")},
    {"Ed25519, a byte short", KEY_ED25519, false,
     S_INIT("TAhdxThpY4wsy8XkulLsXW1vDw2k4B5yxZXyEiLKEcc="),
     S_INIT("p3SkEouQ4cUiyA57u4NztXfS7C7HbFg0I1mGuJ3Hx4REydmM7OJ+d5gdJbdRUsuotEIDzaYIzh+QCkrjBHvm")},
    {"Ed25519, S not reduced", KEY_ED25519, false,
     S_INIT("TAhdxThpY4wsy8XkulLsXW1vDw2k4B5yxZXyEiLKEcc="),
     S_INIT("p3SkEouQ4cUiyA57u4NztXfS7C7HbFg0I1mGuJ3Hx4Qxnc/pBkaRz266HFowTKq9tEIDzaYIzh+QCkrjBHvmGQ==")},
    {"Ed25519, key of small order", KEY_ED25519, false,
     S_INIT("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
     S_INIT("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")},
};
/* clang-format on */
