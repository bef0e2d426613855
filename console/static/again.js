// A page that tells how a piece of work goes asks again after a while; without this script its link does.
"use strict";
setTimeout(() => location.reload(), 3000);
