"""充电: charging stations, joined to the car parks that they stand in."""
