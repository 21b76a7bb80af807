"""Instances with their labels and pings."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from .payloads import Payloads
from .words import GITLAB_COM, HOST_FORMS, IN_FLAGS, OUT_FLAGS, TYPE_LABELS, Contract, Pairs, Server, dump


class Usage(Payloads):
    """Writes instances, labels and pings (R1, R2, R6, R7)."""

    def add_usage(self, contract: Contract) -> None:
        """Add the instances and the namespace of a subscription (R2, R9.3)."""
        rng = self.rng
        counts = (0, *(1,) * 6, 2, 2, 3)
        servers: list[Server] = []
        if "sm" in contract.kinds:
            servers += [Server(self.uuid(), self.hostname(), False, contract) for _ in range(rng.choice(counts))]
        if "dedicated" in contract.kinds:
            servers += [Server(self.uuid(), self.hostname(), True, contract) for _ in range(rng.choice((0, 1, 1, 2)))]
        if not contract.kinds and self.chance(0.2):
            servers.append(Server(self.uuid(), self.hostname(), False, contract))
        if servers and self.chance(0.1):
            servers.append(Server(servers[0].uuid, self.hostname(), servers[0].dedicated, contract))
        if servers and self.chance(0.1):
            servers.append(Server(self.uuid(), servers[0].hostname, False, contract))
        for place, server in enumerate(servers):
            self.label(server, rng.random() < (0.85 if place == 0 else 0.5))
            self.add_pings(server)
        if contract.namespace_id and self.chance(0.9):
            self.add_namespace(contract.namespace_id, contract)
        if self.chance(0.04):
            self.add_namespace(str(5000 + len(self.contracts) + rng.randrange(900)), contract)

    def uuid(self) -> str:
        """Make a uuid."""
        text = self.hex(32)
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def hostname(self) -> str | None:
        """Make a hostname, sometimes one that many share, or none (R2.1)."""
        return self.rng.choice(
            (
                *(None, "", "gitlab.example.com", f"git.{self.hex(4)}.com:8443", f"git.{self.hex(4)}.com."),
                *(f"Git-{self.hex(4)}.Example.org", f"git.{self.hex(5)}.net") * 8,
            )
        )

    def label(self, server: Server, production: bool, crm: str | None = None) -> None:
        """Label an instance, sometimes with rivals and ties (R6)."""
        rng = self.rng
        if self.chance(0.06):
            return
        kind = rng.choice(("Production", "production", " PRODUCTION ")) if production else rng.choice(TYPE_LABELS)
        updated = rng.choice((None, self.time_text(self.as_of - timedelta(days=50))))
        opt = rng.choice(OUT_FLAGS) if self.chance(0.08) else rng.choice(IN_FLAGS)
        base = {
            "crm_acct_id": crm or rng.choice((server.contract.crm if server.contract else None, None)),
            "instance_uuid": server.uuid,
        }
        host = (server.hostname or None) if self.chance(0.7) else None
        if host and self.chance(0.3):
            bare = host.split(":")[0].removesuffix(".")
            host = rng.choice(HOST_FORMS).format(rng.choice((bare, bare.upper())))
        if self.chance(0.15):
            rival = rng.choice((None, server.hostname or None, "other.example.net"))
            when = rng.choice((updated, None, self.time_text(self.as_of - timedelta(days=rng.choice((10, 90))))))
            self.add(
                "gainsight/instance_info",
                **base,
                hostname=rival,
                instancetype=rng.choice(("Production", "Obsolete", "Non-Production", None)),
                Namespace_ID=None,
                included_in_health_measures=rng.choice((None, None, *OUT_FLAGS[:2])),
                updated_at=when,
            )
        self.add(
            "gainsight/instance_info",
            **base,
            hostname=host,
            instancetype=kind,
            Namespace_ID=None,
            included_in_health_measures=opt,
            updated_at=updated,
        )

    def schedule(self) -> list[date]:
        """Choose the days on which something reports: weekly, and it may stop or start at an edge (R9.1)."""
        rng = self.rng
        start = self.first + timedelta(days=rng.randrange(7))
        days = [start + timedelta(days=7 * week) for week in range((self.as_of - start).days // 7 + 1)]
        shape = rng.choice(("all",) * 8 + ("stops",) * 4 + ("starts", "starts", "one", "gap"))
        if shape == "stops":
            last = self.edge(-60, -61, -59, -62)
            days = [day for day in days if day < last] + [last]
        elif shape == "starts":
            first = self.edge(0, 1, -1)
            days = [first] + [day for day in days if day > first]
        elif shape == "one":
            days = [self.edge(0, -60, -61, 1, -20)]
        elif shape == "gap":
            days = days[: len(days) // 3] + days[-1:]
        if self.chance(0.3):
            days.append(self.edge(-1, 0, 1))
        return sorted({day for day in days if day <= self.as_of + timedelta(days=1)})

    def add_pings(self, server: Server) -> None:
        """Add the pings of an instance: it may move, upgrade, lose its licence, be delivered twice (R1.3, R7.5)."""
        rng = self.rng
        days = self.schedule()
        version = self.version()
        seats = server.contract.licenses if server.contract else 100
        moves_on = rng.choice(days) if self.chance(0.1) else None
        other = rng.choice((rng.choice(self.contracts), None))
        contract = server.contract
        for day in days:
            if moves_on == day:
                contract = other
            if self.chance(0.05):
                version = self.version()
            at = datetime.combine(day, rng.choice((time(0, 0, 0), time(23, 59, 59), time(7, 43, 54))))
            payload = self.payload(server, contract, self.write_moment(at), version, seats)
            late = rng.choice((90, 91, 120)) if self.chance(0.01) else 0
            received = day + timedelta(days=late if late else rng.choice((0, 1, 1, 1, 2, 2, 2, 21)))
            if day > self.as_of:
                received = day - timedelta(days=1)
            self.deliver(received, payload)
            if self.chance(0.06):
                again = dict(payload, recorded_at=self.write_moment(at))
                again["license_billable_users"] = rng.choice((1, seats, None))
                self.deliver(received + timedelta(days=rng.choice((0, 0, 1, 3))), again)
            if self.chance(0.02):
                again = dict(payload, recorded_at=self.write_moment(at + timedelta(seconds=1)))
                self.deliver(received, again)

    def deliver(self, received: date, payload: dict[str, Any] | Pairs) -> None:
        """Write a payload as a line, or as an uploaded file (R1.1, R1.2)."""
        pretty = self.chance(0.03)
        text = dump(payload, "," if self.chance(0.02) else "")
        if self.chance(0.02) and isinstance(payload, dict):
            text = dump(Pairs([*payload.items(), ("license_billable_users", 3), ("uuid", "second-uuid")]))
        if pretty:
            text = text.replace(", ", ",\n  ")
        self.deliveries.append((received, text.encode(), pretty))

    def add_unlicensed(self) -> None:
        """Add instances that map to nothing, some of them labelled with an account (R7.3, R7.5, R10.1)."""
        rng = self.rng
        for _ in range(max(3, len(self.contracts) // 6)):
            server = Server(self.uuid(), self.hostname(), self.chance(0.1), None)
            crm = self.some_id(rng.choice(self.contracts).crm or self.crm_ids[0]) if self.chance(0.8) else None
            if self.chance(0.4):
                server.orphan = (self.hex(64), self.hex(32))
                self.add_licence(None, *server.orphan, self.time_text(self.as_of - timedelta(days=90)))
            self.label(server, True, crm)
            self.add_pings(server)
        if self.chance(0.2):
            ancient = Server(self.uuid(), "old.example.com", False, rng.choice(self.contracts))
            day = self.first - timedelta(days=rng.choice((100, 1500)))
            self.deliver(day, self.payload(ancient, ancient.contract, self.moment(day), "13.12.0-ee", 50))
        self.add_lost_labels()
        self.add_late_pings()
        for day in self.ends:
            payload = {
                "uuid": GITLAB_COM,
                "hostname": "gitlab.com",
                "version": "17.0.0-ee",
                "recorded_at": self.moment(day),
            }
            self.deliver(day, {**payload, "license_billable_users": 10**6})

    def add_lost_labels(self) -> None:
        """Add labels that match no instance, and some whose account is nobody's (R6.2, R16.6)."""
        rng = self.rng
        for host in (None, "https://nowhere.example.com/", self.hex(6)):
            self.add(
                "gainsight/instance_info",
                crm_acct_id=rng.choice((self.some_id(rng.choice(self.crm_ids)), None, self.new_crm())),
                instance_uuid=self.uuid(),
                hostname=host,
                instancetype="Production",
                Namespace_ID=None,
                included_in_health_measures=None,
                updated_at=None,
            )

    def add_late_pings(self) -> None:
        """Add pings that were received at and beyond the edge of being late (R1.6)."""
        rng = self.rng
        for days in (89, 90, 91, 95):
            contract = rng.choice(self.contracts)
            server = Server(self.uuid(), self.hostname(), False, contract)
            received = self.as_of - timedelta(days=rng.randrange(3))
            day = received - timedelta(days=days)
            self.label(server, True)
            self.deliver(received, self.payload(server, contract, self.moment(day), self.version(), contract.licenses))
