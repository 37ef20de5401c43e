"""The mission API of API Engagement (https://api-engagement.beta.gouv.fr), version 0."""

from connectors.engagement.connector import Engagement

CONNECTOR = Engagement
